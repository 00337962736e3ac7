/** What all routes share: who may call, what may be sent, and how errors become replies. Errors become replies nowhere else. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { z } from 'zod';
import { ERROR_STATUS, Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { anythingSchema, jobPathSchema } from '#domain/requests';
import { type Caller, mayActAs } from '#domain/roles';
import { accessOf } from '#functions/catalog/catalog';
import { type Answer, ROUTES, type RouteName, type Sent } from '#functions/catalog/routes';
import { logger } from '#functions/logger';
import { getJob } from '#store/jobs';
import { bodyOf, callerOf, checked } from './parse.ts';

type Act<Name extends RouteName, More = unknown> = (call: Call<Name> & More) => Promise<Answer<Name>>;
type Call<Name extends RouteName> = Sent<Name> & {
  readonly caller: Caller;
  readonly method: string;
  readonly rawPath: string;
  /** Where the call came from, for the events. */
  readonly sourceIp: string;
  header(name: string): string | undefined;
};

/**
 * The Lambda handler of a route: checks the role that the catalog says, parses what was sent and replies with what `act` gives as `ROUTES` says.
 * Refusals become problem+json (RFC 9457) with their stable code; anything else is logged and becomes `Internal` 500.
 */
export function route<Name extends RouteName>(name: Name, act: Act<Name>) {
  if (accessOf(name).ownJobs) throw new Error(`By the catalog, ${name} is for ownJobRoute.`);
  return handlerOf(name, act);
}

/**
 * The same for a route on which a BatchUser may act on jobs of its own only, as the catalog says: the job is read for that and handed over. Its
 * owner never changes, and whatever else of it has changed since is for the guards of the act's own write.
 */
export function ownJobRoute<Name extends RouteName>(name: Name, act: Act<Name, { readonly job: Job }>) {
  if (!accessOf(name).ownJobs) throw new Error(`By the catalog, ${name} is not for ownJobRoute.`);
  return handlerOf(name, async (call) => {
    const job = await getJob(jobPathSchema.parse(call.path).jobId);
    checkOwner(job, call.caller);
    return act({ ...call, job });
  });
}

/** The author of the act that is called for, as its event names it. */
export function authorOf(call: { caller: Caller; sourceIp: string }): Author {
  return { by: call.caller.user, from: call.sourceIp, at: new Date().toISOString() };
}

function handlerOf<Name extends RouteName>(name: Name, act: Act<Name>) {
  const { role } = accessOf(name);
  const { path, query, body, status } = SCHEMAS[name];
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(injectLambdaContext(logger))
    .use({
      onError: (request) => {
        request.response = problem(request.error, request.event.requestContext.requestId);
      },
    })
    .handler(async (event) => {
      const caller = role === 'public' ? ANYONE : callerOf(event);
      if (role !== 'public' && !mayActAs(caller, role)) throw forbidden(`This needs the role ${role}.`, caller);
      const call = {
        path: checked(path, event.pathParameters ?? {}, 'path'),
        query: checked(query, event.queryStringParameters ?? {}, 'query'),
        // Where anything will do, the body is not even looked at.
        body: checked(body, body === anythingSchema ? undefined : bodyOf(event), 'body'),
        caller,
        method: event.requestContext.http.method,
        rawPath: event.rawPath,
        sourceIp: event.requestContext.http.sourceIp,
        header: (header: string) => event.headers[header],
      };
      return reply(status, await act(call));
    });
}

/** `ROUTES` as a table by which the compiler knows of each name what its schemas make of what was sent. */
const SCHEMAS: {
  readonly [Name in RouteName]: { readonly [Part in keyof Sent<Name>]: z.ZodType<Sent<Name>[Part]> } & {
    readonly status: number;
  };
} = ROUTES;
const ANYONE: Caller = { user: '', roles: [] };

function checkOwner(job: Job, caller: Caller): void {
  if (job.createdBy === caller.user || mayActAs(caller, 'BatchJobManager')) return;
  throw forbidden('This job belongs to somebody else; that needs the role BatchJobManager.', caller);
}

function reply(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function forbidden(message: string, caller: Caller): Refusal {
  return new Refusal('Forbidden', message, { roles: caller.roles });
}

function problem(error: unknown, requestId: string): APIGatewayProxyStructuredResultV2 {
  if (!(error instanceof Refusal)) {
    logger.error('The request failed.', { error });
    return problemReply(500, {
      code: 'Internal',
      detail: 'Something went wrong here; try again, and tell an operator if it stays.',
      requestId,
    });
  }
  return problemReply(ERROR_STATUS[error.code], { ...error.facts, code: error.code, detail: error.message, requestId });
}

function problemReply(
  status: number,
  members: { code: string; detail: string } & Record<string, unknown>,
): APIGatewayProxyStructuredResultV2 {
  const standard = { type: `urn:lastcall:problem:${members.code}`, title: members.code, status };
  // The members that RFC 9457 names are set last, too: no fact can take their place.
  const body = { ...standard, ...members, ...standard };
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}
