import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import type { DryRun } from '#console/api/types.ts';
import { Raw } from '#console/parts/raw.tsx';
import { counted } from '#console/parts/words.ts';

const MAX_STAGES_SHOWN = 20;
const MAX_NAMES_SHOWN = 10;

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
      <ExpandableSection headerText="In which order its tasks run">
        <ol aria-label="Stages">
          {stages.slice(0, MAX_STAGES_SHOWN).map((stage) => (
            <li key={stage[0]}>{namesOf(stage)}</li>
          ))}
        </ol>
        {stages.length > MAX_STAGES_SHOWN && `And ${counted(stages.length - MAX_STAGES_SHOWN, 'stage')} more.`}
      </ExpandableSection>
      <ExpandableSection headerText="The job with all its defaults">
        <Raw value={result} label="The job as the dry run replies" />
      </ExpandableSection>
    </Alert>
  );
}

function namesOf(stage: readonly string[]): string {
  const more = stage.length - MAX_NAMES_SHOWN;
  return `${stage.slice(0, MAX_NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
