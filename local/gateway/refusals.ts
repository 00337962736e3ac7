/** Refusals in the form of Lastcall's API: problem+json (RFC 9457), as the functions reply too. */
import type { GatewayRefusal, RefusalReason } from '#local/aws/apigateway/refusal';
import type { Reply } from '#local/aws/apigateway/reply';

type Problem = Pick<GatewayRefusal, 'status' | 'detail'> & Partial<Pick<GatewayRefusal, 'headers'>>;

const CODES: Readonly<Record<RefusalReason, string>> = {
  WrongHost: 'Forbidden',
  InvalidPath: 'InvalidRequest',
  NoRoute: 'NotFound',
  NoToken: 'Unauthorized',
  TooLarge: 'TooLarge',
  Throttled: 'TooManyRequests',
  TimedOut: 'Unavailable',
  Fault: 'Internal',
};

/** The reply to a request that the gateway refuses. */
export function refuse(refusal: GatewayRefusal): Reply {
  return problem(CODES[refusal.reason], refusal);
}

/** A problem+json reply with this code. */
export function problem(code: string, { status, detail, headers = {} }: Problem): Reply {
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: `urn:lastcall:problem:${code}`, title: code, status, detail, code }),
  };
}
