import { OPEN_JOBS, useOpenJobs } from '#console/api/reads.ts';
import { PageLink } from '#console/parts/page-link.tsx';
import { counted } from '#console/parts/words.ts';
import { useSeen } from '#console/screen/seen.ts';

/** The open jobs of a group, and how many of their tasks wait for a server; read while the row is on the screen. */
export function OpenJobs({ batchGroup }: { batchGroup: string }) {
  const [ref, isSeen] = useSeen();
  const { data } = useOpenJobs(batchGroup, isSeen);
  if (!data) return <div ref={ref}>…</div>;
  const ready = data.items.reduce((sum, { taskCounts }) => sum + taskCounts.Ready, 0);
  const atLeast = data.cursor === undefined ? '' : 'over ';
  const search = new URLSearchParams({ batchGroup, status: OPEN_JOBS });
  return (
    <div ref={ref}>
      {data.items.length === 0 ? (
        'none'
      ) : (
        <PageLink to={`/jobs?${search}`}>
          {atLeast}
          {counted(data.items.length, 'job')}
        </PageLink>
      )}
      {ready > 0 && `, ${atLeast}${counted(ready, 'task')} Ready`}
    </div>
  );
}
