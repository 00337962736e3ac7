import Box from '@cloudscape-design/components/box';
import Icon from '@cloudscape-design/components/icon';
import type { Job } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { useSeen } from '#console/screen/seen.ts';
import { toldWaits, useWaits, type Wait } from './waits.ts';
import { awaited, isStuck } from './words.ts';

/** What a job of the list waits for: first what needs somebody. It is read only while its row is on the screen. */
export function WaitsCell({ job, isSentence = false }: { job: Job; isSentence?: boolean }) {
  const [ref, isSeen] = useSeen();
  const waits = useWaits(isSeen || toldWaits(job) ? [job] : []).get(job.jobId);
  return (
    <div ref={ref} className="waits">
      {waits ? <Waits waits={waits} isSentence={isSentence} /> : '…'}
    </div>
  );
}

function Waits({ waits, isSentence }: { waits: readonly Wait[]; isSentence: boolean }) {
  const [worst, ...others] = [...waits].sort((one, other) => Number(isStuck(other)) - Number(isStuck(one)));
  if (!worst) return isSentence ? null : <>–</>;
  const words = `${isSentence ? 'Waits for ' : ''}${awaited(worst)}`;
  return (
    <>
      {isStuck(worst) ? (
        <Box color="text-status-warning" variant="span">
          <Icon name="status-warning" /> {words}
        </Box>
      ) : (
        words
      )}
      {worst.until !== undefined && (
        <>
          , <Ago at={worst.until} />
        </>
      )}
      {others.length > 0 && `, and ${others.length} more`}
    </>
  );
}
