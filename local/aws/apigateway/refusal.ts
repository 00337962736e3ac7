/** The requests that the gateway refuses itself, without calling a function. */

import type { Reply } from './reply.ts';

/** A refusal before it has a form; the user of the gateway writes the reply. */
export type GatewayRefusal = {
  readonly reason: RefusalReason;
  readonly status: number;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  /** AWS's own words. */
  readonly message: string;
};
/** Why the gateway refuses a request. */
export type RefusalReason = keyof typeof REFUSALS;

/** Messages of AWS, in replies that no setting of an HTTP API changes. */
const REFUSALS = {
  WrongHost: { status: 403, detail: 'The host is wrong.', headers: {}, message: 'Forbidden' },
  InvalidPath: { status: 400, detail: 'The path is not valid.', headers: {}, message: 'Bad Request' },
  NoRoute: { status: 404, detail: 'There is no such route.', headers: {}, message: 'Not Found' },
  NoToken: {
    status: 401,
    detail: 'This route needs one valid bearer token in the header Authorization.',
    headers: { 'www-authenticate': 'Bearer' },
    message: 'Unauthorized',
  },
  TooLarge: {
    status: 413,
    detail: 'The body is too large.',
    headers: { connection: 'close' },
    message: 'Request Entity Too Large',
  },
  Throttled: {
    status: 429,
    detail: 'There are too many requests: try again in a moment.',
    headers: {},
    message: 'Too Many Requests',
  },
  TimedOut: {
    status: 503,
    detail: 'The function did not reply in time: try again.',
    headers: {},
    message: 'Service Unavailable',
  },
  Fault: {
    status: 500,
    detail: 'The request failed; the log has the reason.',
    headers: {},
    message: 'Internal Server Error',
  },
} as const;

/** The refusal for a reason, with a more precise detail when there is one. */
export function refusalOf(reason: RefusalReason, detail: string = REFUSALS[reason].detail): GatewayRefusal {
  return { reason, ...REFUSALS[reason], detail };
}

/**
 * The reply of AWS. An HTTP API has no custom gateway responses: only a REST API has.
 * Source: API Gateway Developer Guide, "Choose between REST APIs and HTTP APIs", "Troubleshooting issues with HTTP API
 * Lambda integrations" and "Troubleshooting issues with HTTP API JWT authorizers".
 */
export function refuseLikeAws({ status, headers, message }: GatewayRefusal): Reply {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}
