/** Makes the HTTP reply of what a handler returned. */
import type { MiddlewareObj } from '@middy/core';

/** The reply is JSON, with this status. */
export function reply(statusCode: number): MiddlewareObj {
  return {
    after: (request) => {
      const body = JSON.stringify(request.response);
      request.response = { statusCode, headers: { 'content-type': 'application/json' }, body };
    },
  };
}
