/** Makes the HTTP reply of what a handler returned. */
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { REPLAYED, type RouteRow } from '#functions/catalog/rows';

/** Where a call notes that it repeats an earlier one. */
export type Repeating = { isRepeat?: boolean };
type Row = Pick<RouteRow, 'status' | 'statusWhileWriting' | 'answersDryRun'>;

/** The reply is JSON, with the status that the route's row says; a header says if the request was a repeat. */
export function reply(row: Row): MiddlewareObj<unknown, unknown, Error, Context & Repeating> {
  return {
    after: (request) => {
      const statusCode = statusOf(request.response, row);
      const body = JSON.stringify(request.response);
      const headers = { 'content-type': 'application/json', ...(request.context.isRepeat && { [REPLAYED]: 'true' }) };
      request.response = { statusCode, headers, body };
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
