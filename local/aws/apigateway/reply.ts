/** Replies: what a function's result or a refusal of the gateway's own becomes in HTTP. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';

export type Reply = {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
};

type Problem = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly headers?: OutgoingHttpHeaders;
};

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const FunctionReply = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), headerValue).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** A refusal as RFC 9457 describes it, in the form that the functions' own have. */
export function problem({ status, code, detail, headers = {} }: Problem): Reply {
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: `urn:lastcall:problem:${code}`, title: code, status, detail, code }),
  };
}

/** A 200 with a JSON body. */
export function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/**
 * What a function answered, by the rules of payload format 2.0: a result without `statusCode` is the JSON body of a 200.
 * Throws when the result is not of that format.
 */
export function replyOf(result: unknown): Reply {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) return jsonReply(result ?? null);
  const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = FunctionReply.parse(result);
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...lowered, ...(cookies ? { 'set-cookie': cookies } : {}) },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

/** Sends the reply; a client that has gone meanwhile is no error. */
export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const content = Buffer.from(body);
  const isEmpty = status === 204 || status === 304;
  response.writeHead(status, isEmpty ? headers : { ...headers, 'content-length': content.length });
  response.end(isEmpty ? undefined : content);
}
