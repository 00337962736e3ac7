/** The Lambda handler of a route: the middlewares in their order, and around them a handler that knows no HTTP. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Job } from '#domain/jobs/job';
import type { Caller } from '#domain/roles';
import { type Answer, type OwnJobRouteName, ROUTES, type RouteName, type Sent } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { logger } from '#functions/logger';
import { authorize, authorizeJob, type Called } from './authorize.ts';
import { parse } from './parse.ts';
import { refuse } from './refuse.ts';
import { reply } from './reply.ts';

type Act<Name extends RouteName, More = unknown> = (call: Call<Name> & More) => Promise<Answer<Name>>;
type Call<Name extends RouteName> = Sent<Name> & {
  readonly caller: Caller;
  readonly method: string;
  readonly rawPath: string;
  /** Where the call came from, for the events. */
  readonly sourceIp: string;
  header(name: string): string | undefined;
};

/** Replies with what `act` returns: the role is checked and the request parsed by the route's row, errors become problems. */
export function route<Name extends Exclude<RouteName, OwnJobRouteName>>(name: Name, act: Act<Name>) {
  return called(name).handler((event, context) => act(callOf<Name>(event, context)));
}

/** The same for a row with `ownJobs`: a BatchUser may act on its own jobs only. The job is read for that and passed to `act`. */
export function ownJobRoute<Name extends OwnJobRouteName>(name: Name, act: Act<Name, { readonly job: Job }>) {
  return called(name)
    .use(authorizeJob(SYSTEM_JOBS[name].systemJobs))
    .handler((event, context) => act({ ...callOf<Name>(event, context), job: context.job }));
}

/** What an event says of the act's author. */
export function byCaller(call: { caller: Caller; sourceIp: string }) {
  return { by: call.caller.user, from: call.sourceIp };
}

/** Who may call is checked before what was sent: what fails is 401, 403 and 400 in this order. */
function called<Name extends RouteName>(name: Name) {
  const { role, status } = ROUTES[name];
  return middy<APIGatewayProxyEventV2, unknown>()
    .use(injectLambdaContext(logger))
    .use(refuse())
    .use(reply(status))
    .use(authorize(role))
    .use(parse(name));
}

function callOf<Name extends RouteName>(
  event: APIGatewayProxyEventV2,
  { caller, sent }: Called & { sent: Sent<Name> },
): Call<Name> {
  const { method, sourceIp } = event.requestContext.http;
  return { ...sent, caller, method, sourceIp, rawPath: event.rawPath, header: (name) => event.headers[name] };
}

const SYSTEM_JOBS: { readonly [Name in OwnJobRouteName]: Pick<RouteRow, 'ownJobs' | 'systemJobs'> } = ROUTES;
