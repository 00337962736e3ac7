import Box from '@cloudscape-design/components/box';
import { PageLink } from '#console/parts/page-link.tsx';
import type { Conditions } from './conditions.ts';

type Props = { conditions: Conditions; isFiltered: boolean; hasMore: boolean };

/** An empty list says what to do. */
export function EmptyJobs({ conditions, isFiltered, hasMore }: Props) {
  if (hasMore) return <Box textAlign="center">No job of this page fits the filter; one of the next page may.</Box>;
  if (conditions.cancellingMs !== undefined)
    return <Box textAlign="center">Nothing hangs: no job was cancelled that long ago and still runs.</Box>;
  if (conditions.lacksServer)
    return <Box textAlign="center">Each task that is ready has a live server that can run it.</Box>;
  if (isFiltered) return <Box textAlign="center">No job fits the filter. Clear it to see all jobs.</Box>;
  return (
    <Box textAlign="center">
      <Box variant="p">No job has been submitted yet.</Box>
      <PageLink to="/submit">Submit the first one</PageLink>, or run{' '}
      <Box variant="code">npx lastcall init &amp;&amp; npx lastcall submit job.lastcall.yaml</Box>
    </Box>
  );
}
