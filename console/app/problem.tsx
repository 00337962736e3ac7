import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { Refused } from '#console/api/refused.ts';

/** An error in the reader's words, with the code and the request's id for whoever reads the log. */
export function Problem({ error, header }: { error: Error | null | undefined; header?: string }) {
  if (!error) return null;
  const refused = error instanceof Refused ? error : undefined;
  return (
    <Alert type="error" header={header ?? 'That did not work'}>
      {refused ? refused.message : wordsFor(error)}
      {refused && (
        <Box variant="small" display="block">
          {refused.code} ({refused.status}){refused.requestId !== undefined && `, request ${refused.requestId}`}
        </Box>
      )}
    </Alert>
  );
}

function wordsFor(error: Error): string {
  if (error.name === 'TimeoutError') return 'The API did not reply in time. What is shown may be old.';
  if (error instanceof TypeError) return 'The API cannot be reached. This page goes on by itself when it is back.';
  return error.message;
}
