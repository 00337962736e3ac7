import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAborts } from '#console/api/reads.ts';
import { AbortTable } from './abort-table.tsx';

const PAGE = 20;

/** All aborts, newest first, a page at a time. */
export function AbortsPage() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const read = useAborts({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
  const older = read.data?.cursor;
  return (
    <SpaceBetween size="m">
      <Header variant="h1">Aborts</Header>
      <AbortTable read={read} />
      <SpaceBetween direction="horizontal" size="xs">
        {cursors.length > 0 && <Button onClick={() => setCursors(cursors.slice(0, -1))}>Newer aborts</Button>}
        {older !== undefined && <Button onClick={() => setCursors([...cursors, older])}>Older aborts</Button>}
      </SpaceBetween>
    </SpaceBetween>
  );
}
