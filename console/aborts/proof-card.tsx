import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Abort } from '#console/api/types.ts';
import { asMarkdown, proofOf } from './proof.ts';

const COPY = { copySuccessText: 'Copied', copyErrorText: 'The browser did not let the page copy' } as const;

/** The proof of an abort that has ended, to read and to copy. */
export function ProofCard({ abort, jobName }: { abort: Abort; jobName: string }) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyToClipboard {...COPY} copyButtonText="Copy Markdown" textToCopy={asMarkdown(abort, jobName)} />
              <CopyToClipboard {...COPY} copyButtonText="Copy JSON" textToCopy={JSON.stringify(abort, null, 2)} />
            </SpaceBetween>
          }
        >
          Proof
        </Header>
      }
    >
      <KeyValuePairs items={proofOf(abort).map(({ what, proof }) => ({ label: what, value: proof }))} />
    </Container>
  );
}
