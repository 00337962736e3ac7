import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import type { DryRun } from '#console/api/types.ts';
import { counted } from '#console/parts/words.ts';

/** What the job would be. */
export function DryRunResult({ result }: { result: DryRun }) {
  const { taskTotal, stages, longestChain, warnings, priority, batchGroup, status } = result;
  return (
    <Alert type={warnings.length > 0 ? 'warning' : 'success'} header="It would be accepted. Nothing was submitted.">
      <Box variant="p">
        {counted(taskTotal, 'task')} in {counted(stages.length, 'stage')}, priority {priority}, batch group {batchGroup}
        {status === 'Withhold' ? ', on hold' : ''}. The longest chain: {longestChain.join(' → ')}.
      </Box>
      <ul>
        {warnings.map(({ for: what, of, tasks, doNext }) => (
          <li key={`${what} ${of}`}>
            {counted(tasks ?? 1, 'task')} without a live server{' '}
            {what === 'NoServerForGroup' ? 'of the batch group' : 'with the handler'} {of}. {doNext}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
