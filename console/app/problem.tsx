import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { Refused, Unreachable } from '#client/client';

/** An error in the reader's words, with the code and the request's id for whoever reads the log. */
export function Problem({ error, header }: { error: Error | null | undefined; header?: string }) {
  if (!error) return null;
  const refused = error instanceof Refused ? error : undefined;
  return (
    <Alert type="error" header={header ?? 'That did not work'}>
      {refused ? refused.message : wordsFor(error)}
      {refused && (
        <Box variant="small" display="block">
          {refused.code} ({refused.status})
          {typeof refused.problem.requestId === 'string' && `, request ${refused.problem.requestId}`}
        </Box>
      )}
    </Alert>
  );
}

function wordsFor(error: Error): string {
  if (error instanceof Unreachable && error.url === location.origin)
    return 'The API cannot be reached. This page goes on by itself when it is back.';
  return error.message;
}
