/** Sends less: nothing to a reader who has the same reply already, and a large reply compressed. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';

/** Below that, compressing costs more time than it saves. */
const MIN_COMPRESSED_BYTES = 1_024;
/** A reader keeps its reply, and asks each time whether it still holds. Replies differ by caller. */
const KEPT = { 'cache-control': 'private, no-cache', vary: 'accept-encoding, authorization' } as const;
const NOT_MODIFIED = 304;

const zip = promisify(gzip);
const replySchema = z.looseObject({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string(),
});
type Reply = z.infer<typeof replySchema>;

/**
 * Replies to reads that succeed with an `ETag`, and with 304 if the caller has the same reply; compresses large replies
 * for callers that accept gzip. The tag is weak, since it stands for both forms (RFC 9110, sections 8.8.1 and 13.1.2).
 */
export function compact(): MiddlewareObj<APIGatewayProxyEventV2, unknown> {
  return {
    after: async (request) => {
      const { headers, requestContext } = request.event;
      const isRead = requestContext.http.method === 'GET';
      const reply = replySchema.parse(request.response);
      const tagged = isRead && reply.statusCode === 200 ? withTag(reply, headers['if-none-match']) : reply;
      request.response = await compressed(tagged, headers['accept-encoding']);
    },
  };
}

function withTag(reply: Reply, known = ''): Reply {
  const etag = `W/"${createHash('sha256').update(reply.body).digest('base64url').slice(0, 27)}"`;
  const headers = { ...KEPT, etag };
  const isKnown = known.split(',').some((each) => each.trim() === etag);
  if (isKnown) return { statusCode: NOT_MODIFIED, headers, body: '' };
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

async function compressed(reply: Reply, accepted = ''): Promise<Reply> {
  if (Buffer.byteLength(reply.body) < MIN_COMPRESSED_BYTES || !/\bgzip\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/.test(accepted))
    return reply;
  const body = (await zip(reply.body)).toString('base64');
  return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' }, body, isBase64Encoded: true };
}
