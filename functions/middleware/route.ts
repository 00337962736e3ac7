/** The Lambda handlers of routes: the middlewares in their order, around an act that knows no HTTP. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Once, Requester } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import type { Caller } from '#domain/roles';
import { type Answer, type OwnJobRouteName, ROUTES, type RouteName, type Sent } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { logger } from '#functions/logger';
import { authorize, authorizedJob, type Called } from './authorize.ts';
import { compact } from './compact.ts';
import { inRequest } from './deadline.ts';
import { onceOf } from './idempotency.ts';
import { parse } from './parse.ts';
import { refuse } from './refuse.ts';
import { type Repeating, reply } from './reply.ts';

type Act<Name extends RouteName, More = unknown> = (call: Call<Name> & More) => Promise<Answer<Name>>;
type Call<Name extends RouteName> = Sent<Name> & {
  readonly caller: Caller;
  readonly method: string;
  readonly rawPath: string;
  /** The address that the call came from. */
  readonly sourceIp: string;
  /** What its repeats are known by, if it has an Idempotency-Key. */
  readonly once: Once | undefined;
};

/**
 * A route. By its row the caller is checked and the request parsed; the reply is what `act` returns, and an error
 * becomes problem+json.
 */
export function route<Name extends Exclude<RouteName, OwnJobRouteName>>(name: Name, act: Act<Name>) {
  return called(name).handler((event, context) =>
    inRequest(context, methodOf(event), () => act(callOf(name, event, context))),
  );
}

/** A route whose row has `ownJobs`: a BatchUser may act on its own jobs only. `act` gets that job, read once. */
export function ownJobRoute<Name extends OwnJobRouteName>(name: Name, act: Act<Name, { readonly job: Job }>) {
  const access = ACCESS[name];
  return called(name).handler((event, context) =>
    inRequest(context, methodOf(event), async () => {
      const call = callOf(name, event, context);
      return act({ ...call, job: await authorizedJob(call.path.jobId, access, call.caller) });
    }),
  );
}

/** The author of the act that is called for, as its event names it, and what repeats of the call are known by. */
export function authorOf({ caller, sourceIp, once }: Pick<Call<RouteName>, 'caller' | 'sourceIp' | 'once'>): Requester {
  return { by: caller.user, byName: caller.name, from: sourceIp, at: new Date().toISOString(), once };
}

const methodOf = ({ requestContext }: APIGatewayProxyEventV2) => requestContext.http.method;

/** The caller is checked before the request: 401, 403 and 400 in this order. */
function called<Name extends RouteName>(name: Name) {
  const row: RouteRow = ROUTES[name];
  // Middy would reply at a time-out of its own, while the act goes on.
  return middy<APIGatewayProxyEventV2, unknown>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(refuse())
    .use(compact())
    .use(reply(row))
    .use(authorize(row.role))
    .use(parse(name));
}

function callOf<Name extends RouteName>(
  name: Name,
  event: APIGatewayProxyEventV2,
  context: Called & Repeating & { sent: Sent<Name> },
): Call<Name> {
  const { caller, sent } = context;
  const noteRepeat = () => {
    context.isRepeat = true;
  };
  const { method, sourceIp } = event.requestContext.http;
  const key = sent.headers['Idempotency-Key'];
  const request = { user: caller.user, route: name, body: sent.body };
  const once = key === undefined ? undefined : { ...onceOf({ ...request, key }), noteRepeat };
  return { ...sent, caller, method, sourceIp, once, rawPath: event.rawPath };
}

const ACCESS: { readonly [Name in OwnJobRouteName]: Pick<RouteRow, 'ownJobs' | 'systemJobs'> } = ROUTES;
