import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Abort } from '#console/api/types.ts';
import { Copy } from '#console/parts/copy.tsx';
import { asMarkdown, proofOf } from './proof.ts';

/** The proof of an abort that has ended, to read and to copy. */
export function ProofCard({ abort, jobName }: { abort: Abort; jobName: string }) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Copy label="Copy Markdown" text={asMarkdown(abort, jobName)} />
              <Copy label="Copy JSON" text={JSON.stringify(abort, null, 2)} />
            </SpaceBetween>
          }
        >
          Proof
        </Header>
      }
    >
      <div className="proof">
        <KeyValuePairs items={proofOf(abort).map(({ what, proof }) => ({ label: what, value: proof }))} />
      </div>
    </Container>
  );
}
