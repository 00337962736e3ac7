/** Makes the HTTP reply of what a handler returned. */
import type { MiddlewareObj } from '@middy/core';
import type { RouteRow } from '#functions/catalog/rows';

/** The reply is JSON, with the status that the route's row says. */
export function reply(row: Pick<RouteRow, 'status' | 'statusWhileWriting'>): MiddlewareObj {
  return {
    after: (request) => {
      const statusCode = (isWriting(request.response) && row.statusWhileWriting) || row.status;
      const body = JSON.stringify(request.response);
      request.response = { statusCode, headers: { 'content-type': 'application/json' }, body };
    },
  };
}

function isWriting(response: unknown): boolean {
  return typeof response === 'object' && response !== null && 'writing' in response && response.writing !== undefined;
}
