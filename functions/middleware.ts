/** What all routes share: who may call, what may be sent, and how errors become replies. Errors become replies nowhere else. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { z } from 'zod';
import { ERROR_STATUS, Refusal } from '#domain/errors';
import { MAX_ID_CHARACTERS } from '#domain/limits';
import { type Caller, mayActAs } from '#domain/roles';
import { getJob } from '#store/jobs';
import { CATALOG } from './catalog.ts';
import { logger } from './logger.ts';
import { bodyOf, callerOf, checked } from './request.ts';

type Schemas<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> = {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
};
type Call<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> = {
  readonly path: z.infer<Path>;
  readonly query: z.infer<Query>;
  readonly body: z.infer<Body>;
  readonly caller: Caller;
  readonly method: string;
  readonly rawPath: string;
  /** Where the call came from, for the events. */
  readonly sourceIp: string;
  header(name: string): string | undefined;
};

/**
 * The Lambda handler of a route of the catalog: checks role and ownership, parses what was sent, and replies with what `act` gives.
 * Refusals become problem+json (RFC 9457) with their stable code; anything else is logged and becomes `Internal` 500.
 */
export function route<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  name: string,
  schemas: Schemas<Path, Query, Body>,
  act: (call: Call<Path, Query, Body>) => Promise<APIGatewayProxyStructuredResultV2>,
) {
  const { role, ownJobs } = accessOf(name);
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
        path: checked(schemas.path, event.pathParameters ?? {}, 'path'),
        query: checked(schemas.query, event.queryStringParameters ?? {}, 'query'),
        // Where anything will do, the body is not even looked at.
        body: checked(schemas.body, schemas.body instanceof z.ZodUnknown ? undefined : bodyOf(event), 'body'),
        caller,
        method: event.requestContext.http.method,
        rawPath: event.rawPath,
        sourceIp: event.requestContext.http.sourceIp,
        header: (header: string) => event.headers[header],
      };
      if (ownJobs) await checkOwner(event, caller);
      return act(call);
    });
}

/** A JSON reply. */
export function reply(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What an event says of the act's author. */
export function byCaller(call: { caller: Caller; sourceIp: string }) {
  return { by: call.caller.user, from: call.sourceIp };
}

const ANYONE: Caller = { user: '', roles: [] };
const ownedPathSchema = z.object({ jobId: z.string().max(MAX_ID_CHARACTERS) });

function accessOf(name: string) {
  const calledBy = CATALOG.find((entry) => entry.name === name)?.calledBy;
  if (!calledBy || !('route' in calledBy)) throw new Error(`The catalog has no route "${name}".`);
  return calledBy;
}

/** A job's owner never changes, so that reading it before the write decides nothing that could be outdated. */
async function checkOwner(event: APIGatewayProxyEventV2, caller: Caller): Promise<void> {
  if (mayActAs(caller, 'BatchJobManager')) return;
  const job = await getJob(ownedPathSchema.parse(event.pathParameters).jobId);
  if (job.createdBy !== caller.user)
    throw forbidden('This job belongs to somebody else; that needs the role BatchJobManager.', caller);
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
