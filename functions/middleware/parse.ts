/** Parses what a caller sends, by the schemas of the route's row. They refuse unknown fields. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { z } from 'zod';
import { Refusal } from '#domain/errors';
import { MAX_PROBLEMS_SHOWN } from '#domain/limits';
import { checkRequest } from '#domain/problems';
import { anythingSchema } from '#domain/requests';
import { type Parsed, ROUTES, type RouteName, type Sent } from '#functions/catalog/routes';
import type { RouteRow } from '#functions/catalog/rows';
import { bodyOf } from './body.ts';

/**
 * Puts path, query and body in the context.
 * @throws Refusal InvalidRequest, TooLarge
 */
export function parse<Name extends RouteName>(
  name: Name,
): MiddlewareObj<APIGatewayProxyEventV2, unknown, Error, Context & { sent: Sent<Name> }> {
  const { path, query, body } = SCHEMAS[name];
  const { headers = {} }: Pick<RouteRow, 'route' | 'headers'> = ROUTES[name];
  return {
    before: ({ event, context }) => {
      context.sent = {
        path: readPart(path, event.pathParameters ?? {}, 'path'),
        query: readPart(query, event.queryStringParameters ?? {}, 'query'),
        // A body that may be anything is not even read.
        body: readPart(body, body === anythingSchema ? undefined : bodyOf(event), 'body'),
        headers: headersOf(event, headers),
      };
    },
  };
}

/** The headers that the row names and the request has. API Gateway sends their names in lower case. */
function headersOf(event: APIGatewayProxyEventV2, schemas: Readonly<Record<string, z.ZodType<string>>>) {
  const present = Object.entries(schemas).flatMap(([name, schema]) => {
    const sent = event.headers[name.toLowerCase()];
    return sent === undefined ? [] : [[name, readPart(schema, sent, `header.${name}`)] as const];
  });
  return Object.fromEntries(present);
}

/**
 * The input checked against its schema.
 * @throws Refusal InvalidRequest with each problem and where it is
 */
function readPart<Output>(schema: z.ZodType<Output>, input: unknown, where: string): Output {
  const checked = checkRequest(schema, input, where);
  if (checked.problems === undefined) return checked.data;
  const { detail, problems } = checked;
  throw new Refusal('InvalidRequest', detail, { problems: problems.slice(0, MAX_PROBLEMS_SHOWN) });
}

/** `ROUTES`, typed so that the compiler knows what the schemas of each name return. */
const SCHEMAS: {
  readonly [Name in RouteName]: { readonly [Part in Parsed]: z.ZodType<Sent<Name>[Part]> };
} = ROUTES;
