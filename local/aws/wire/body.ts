/** Reads the body of a request within a limit. */
import type { IncomingMessage } from 'node:http';

/** A client that is told that its body is too large has to be heard out first, but not forever. */
const MAX_TIMES_HEARD = 4;

/** The whole body; undefined when it is larger than `maxBytes`. Throws when the client goes away meanwhile. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes * MAX_TIMES_HEARD) request.destroy();
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}
