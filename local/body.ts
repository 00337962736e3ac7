/** Reads the body of a request within API Gateway's limit. */
import type { IncomingMessage } from 'node:http';

/** API Gateway's payload limit. */
export const MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;
/** A client that is told that its body is too large has to be heard out first, but not forever. */
const MAX_HEARD_BYTES = 4 * MAX_PAYLOAD_BYTES;

/** The whole body; undefined when it is larger than MAX_PAYLOAD_BYTES. Throws when the client goes away meanwhile. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_HEARD_BYTES) request.destroy();
    if (bytes <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > MAX_PAYLOAD_BYTES ? undefined : Buffer.concat(chunks);
}
