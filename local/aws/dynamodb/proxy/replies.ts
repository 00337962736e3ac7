/** Replies that the proxy makes itself or changes. */
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Demand } from '#local/aws/dynamodb/proxy/throughput/throughput';
import type { Reply } from './engine-link.ts';

/** The SDKs know the error by what follows the last sign. */
const ERROR_PREFIX = 'com.amazonaws.dynamodb.v20120810#';

/**
 * The refusal of a request whose limit is used up. "Error handling with DynamoDB": tables on demand answer with
 * ThrottlingException; its reasons are those of "Diagnosing throttling". A new table's limit is that of its partitions.
 */
export function throttled({ place, kind }: Pick<Demand, 'place' | 'kind'>): Reply {
  const reason = `${place.isIndex ? 'Index' : 'Table'}${kind === 'read' ? 'Read' : 'Write'}KeyRangeThroughputExceeded`;
  const message = `The ${kind} throughput of ${place.name} is used up.`;
  return refusal(400, {
    __type: `${ERROR_PREFIX}ThrottlingException`,
    message,
    throttlingReasons: [{ reason, resource: place.arn }],
  });
}

/** "Error handling with DynamoDB": the request could not be processed; it may be sent again. */
export function internalError(): Reply {
  return refusal(500, { __type: `${ERROR_PREFIX}InternalServerError`, message: 'Ordered by a test.' });
}

/** The refusal of a body that no request of DynamoDB can have. */
export function tooLarge(maxBytes: number): Reply {
  return refusal(413, { __type: `${ERROR_PREFIX}RequestEntityTooLarge`, message: `At most ${maxBytes} bytes.` });
}

/** The reply with another body. */
export function replyWith({ status, headers }: Pick<Reply, 'status' | 'headers'>, content: object): Reply {
  const body = Buffer.from(JSON.stringify(content));
  const { 'transfer-encoding': _chunked, ...others } = headers;
  const own = { 'content-length': String(body.length), 'x-amz-crc32': String(crc32(body)) };
  return { status, headers: { ...others, ...own }, body };
}

/** The beginning of a reply that says of each part of the request what became of it. */
export function accepted(): Pick<Reply, 'status' | 'headers'> {
  return { status: 200, headers: newHeaders() };
}

function refusal(status: number, content: object): Reply {
  return replyWith({ status, headers: newHeaders() }, content);
}

function newHeaders() {
  return { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() };
}
