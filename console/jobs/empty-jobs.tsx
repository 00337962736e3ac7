import Box from '@cloudscape-design/components/box';
import { PageLink } from '#console/parts/page-link.tsx';

/** An empty list says what to do. */
export function EmptyJobs({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Box textAlign="center">No job fits the filter. Clear it to see all jobs.</Box>;
  return (
    <Box textAlign="center">
      <Box variant="p">No job has been submitted yet.</Box>
      <PageLink to="/submit">Submit the first one</PageLink>, or run{' '}
      <Box variant="code">npx lastcall init &amp;&amp; npx lastcall submit job.lastcall.yaml</Box>
    </Box>
  );
}
