/** Turns the result of a function into an HTTP reply. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';

/** An HTTP reply before it is sent. */
export type Reply = {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
};

const headerValueSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const functionReplySchema = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), headerValueSchema).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** A 200 with a JSON body. */
export function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/**
 * The reply by the rules of payload format 2.0. A result without `statusCode` is the JSON body of a 200.
 * @throws ZodError when the result does not have that format
 */
export function replyOf(result: unknown): Reply {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) return jsonReply(result ?? null);
  const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = functionReplySchema.parse(result);
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...lowered, ...(cookies ? { 'set-cookie': cookies } : {}) },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

/** Sends the reply. Does nothing when the client has gone away. */
export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const content = Buffer.from(body);
  const isEmpty = status === 204 || status === 304;
  response.writeHead(status, isEmpty ? headers : { ...headers, 'content-length': content.length });
  response.end(isEmpty ? undefined : content);
}
