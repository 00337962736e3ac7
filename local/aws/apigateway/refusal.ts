/** The requests that the gateway refuses itself, without calling a function. */

/** A refusal before it has a form; the user of the gateway writes the reply. */
export type GatewayRefusal = {
  readonly reason: RefusalReason;
  readonly status: number;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
};
/** Why the gateway refuses a request. */
export type RefusalReason = keyof typeof REFUSALS;

const REFUSALS = {
  WrongHost: { status: 403, detail: 'The host is wrong.', headers: {} },
  InvalidPath: { status: 400, detail: 'The path is not valid.', headers: {} },
  NoRoute: { status: 404, detail: 'There is no such route.', headers: {} },
  NoToken: {
    status: 401,
    detail: 'This route needs one valid bearer token in the header Authorization.',
    headers: { 'www-authenticate': 'Bearer' },
  },
  TooLarge: { status: 413, detail: 'The body is too large.', headers: { connection: 'close' } },
  TimedOut: { status: 503, detail: 'The function did not reply in time: try again.', headers: {} },
  Fault: { status: 500, detail: 'The request failed; the log has the reason.', headers: {} },
} as const;

/** The refusal for a reason, with a more precise detail when there is one. */
export function refusalOf(reason: RefusalReason, detail: string = REFUSALS[reason].detail): GatewayRefusal {
  return { reason, ...REFUSALS[reason], detail };
}
