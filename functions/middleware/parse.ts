/** Parses what a caller sends, by the schemas of the route's row. They refuse unknown fields. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { z } from 'zod';
import { Refusal } from '#domain/errors';
import { anything } from '#domain/requests';
import { ROUTES, type RouteName, type Sent } from '#functions/catalog/routes';
import { bodyOf } from './body.ts';

const MAX_PROBLEMS_SHOWN = 20;

/**
 * Puts path, query and body in the context.
 * @throws Refusal InvalidRequest, TooLarge
 */
export function parse<Name extends RouteName>(
  name: Name,
): MiddlewareObj<APIGatewayProxyEventV2, unknown, Error, Context & { sent: Sent<Name> }> {
  const { path, query, body } = SCHEMAS[name];
  return {
    before: ({ event, context }) => {
      context.sent = {
        path: checked(path, event.pathParameters ?? {}, 'path'),
        query: checked(query, event.queryStringParameters ?? {}, 'query'),
        // A body that may be anything is not even read.
        body: checked(body, body === anything ? undefined : bodyOf(event), 'body'),
      };
    },
  };
}

/**
 * The input checked against its schema.
 * @throws Refusal InvalidRequest with each problem and where it is
 */
export function checked<Output>(schema: z.ZodType<Output>, input: unknown, where: string): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    at: [where, ...issue.path].join('.'),
    problem: issue.message,
  }));
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new Refusal('InvalidRequest', `${first?.at}: ${first?.problem}${more}`, {
    problems: problems.slice(0, MAX_PROBLEMS_SHOWN),
  });
}

/** `ROUTES`, typed so that the compiler knows what the schemas of each name return. */
const SCHEMAS: {
  readonly [Name in RouteName]: { readonly [Part in keyof Sent<Name>]: z.ZodType<Sent<Name>[Part]> };
} = ROUTES;
