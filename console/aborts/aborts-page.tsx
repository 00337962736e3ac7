import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAborts } from '#console/api/reads.ts';
import { Problem } from '#console/app/problem.tsx';
import { AbortTable } from './abort-table.tsx';

/** All aborts, newest first. */
export function AbortsPage() {
  const { data, error, isPending } = useAborts();
  return (
    <SpaceBetween size="m">
      <Header variant="h1">Aborts</Header>
      <Problem error={error} header="The aborts cannot be read" />
      <AbortTable aborts={data?.items ?? []} isLoading={isPending} />
    </SpaceBetween>
  );
}
