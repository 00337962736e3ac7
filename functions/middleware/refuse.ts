/** Makes HTTP replies of errors. Errors become replies nowhere else. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Contended, ERROR_STATUS, OutOfTime, Refusal, StorageFull, Throttled, Unreachable } from '#domain/errors';
import { logger } from '#functions/logger';

const INTERNAL = 'Something went wrong here; try again, and tell an operator if it persists.';
const BUSY = 'The records are busy; send the request again in a moment.';
const AWAY = 'The records cannot be reached; send the request again in a moment.';
const FULL = 'The disk that holds the records is full; make room there, then send the request again.';
/** Long enough for a throttled table to have capacity again, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5;

/**
 * A refusal becomes problem+json (RFC 9457) with its stable code. Any other error is logged and becomes `Internal` 500
 * without its reason; the request's id in both leads from the reply to the log.
 */
export function refuse(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      const { error } = request;
      const { requestId } = request.event.requestContext;
      if (!(error instanceof Refusal)) logger.error('The request failed.', { error, requestId });
      request.response = replyTo(error, requestId);
    },
  };
}

function replyTo(error: unknown, requestId: string): APIGatewayProxyStructuredResultV2 {
  if (error instanceof Refusal) return refusal(error, requestId);
  // None is a fault of the request or of the system: the same request succeeds a little later.
  if (error instanceof Contended || error instanceof Throttled || error instanceof OutOfTime)
    return refusal(new Refusal('Unavailable', BUSY), requestId);
  if (error instanceof Unreachable) return refusal(new Refusal('Unavailable', AWAY), requestId);
  if (error instanceof StorageFull) return refusal(new Refusal('StorageFull', FULL), requestId);
  return internal(requestId);
}

function refusal({ code, message, facts }: Refusal, requestId: string): APIGatewayProxyStructuredResultV2 {
  return problem(ERROR_STATUS[code], { ...facts, code, detail: message, requestId });
}

function internal(requestId: string): APIGatewayProxyStructuredResultV2 {
  return problem(500, { code: 'Internal', detail: INTERNAL, requestId });
}

function problem(
  status: number,
  members: { readonly code: string; readonly detail: string; readonly requestId: string; readonly allow?: unknown },
): APIGatewayProxyStructuredResultV2 {
  const standard = { type: `urn:lastcall:problem:${members.code}`, title: members.code, status };
  // The members that RFC 9457 names are also set last, so no fact can replace them.
  const body = { ...standard, ...members, ...standard };
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: String(members.allow) } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
  };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}
