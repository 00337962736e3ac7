/** Makes the HTTP reply of what a handler returned. */
import type { MiddlewareObj } from '@middy/core';
import type { RouteRow } from '#functions/catalog/rows';

type Row = Pick<RouteRow, 'status' | 'statusWhileWriting' | 'answersDryRun'>;

/** The reply is JSON, with the status that the route's row says. */
export function reply(row: Row): MiddlewareObj {
  return {
    after: (request) => {
      const statusCode = statusOf(request.response, row);
      const body = JSON.stringify(request.response);
      request.response = { statusCode, headers: { 'content-type': 'application/json' }, body };
    },
  };
}

function statusOf(response: unknown, { status, statusWhileWriting, answersDryRun }: Row): number {
  if (answersDryRun && isDryRun(response)) return 200;
  return (isWriting(response) && statusWhileWriting) || status;
}

function isDryRun(response: unknown): boolean {
  return typeof response === 'object' && response !== null && 'dryRun' in response;
}

function isWriting(response: unknown): boolean {
  return typeof response === 'object' && response !== null && 'writing' in response && response.writing !== undefined;
}
