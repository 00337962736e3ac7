/** Reads the body of a request within a limit. */
import type { IncomingMessage } from 'node:http';

/** The rest of a body that is too large must be read before the reply, but only up to a limit. */
const MAX_TIMES_READ = 4;

/**
 * The whole body; undefined when it is larger than `maxBytes`.
 * @throws Error when the client goes away
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes * MAX_TIMES_READ) request.destroy();
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}
