/** The routes that exist on this machine only: they issue tokens, and publish the keys that verify them. */
import { z } from 'zod';
import { checkRequest } from '#domain/problems';
import { ROLES } from '#domain/roles';
import { jsonReply, type Reply } from '#local/aws/apigateway/reply';
import type { Route } from '#local/aws/apigateway/routes';
import type { Issuer } from '#local/aws/cognito/issuer';
import type { LambdaFunction } from '#local/aws/lambda/lambda';
import { problem } from './refusals.ts';

/** The routes and the functions that they call. */
export type TokenRoutes = { readonly routes: readonly Route[]; readonly functions: readonly LambdaFunction[] };

type Answer = (event: unknown) => Promise<Reply>;

const TIMEOUT_SECONDS = 5;
const DEFAULT_LIFETIME_SECONDS = 12 * 3600;
const MAX_LIFETIME_SECONDS = 30 * 24 * 3600;
const MAX_USER_CHARACTERS = 128;
const MAX_GROUPS = 50;
const MAX_GROUP_CHARACTERS = 128;

const tokenRequestSchema = z
  .strictObject({
    user: z.string().trim().min(1).max(MAX_USER_CHARACTERS),
    roles: z.array(z.enum(ROLES)).max(ROLES.length).optional(),
    /** Groups of any names: the variable LASTCALL_ROLES says which of them stand for roles. */
    groups: z.array(z.string().min(1).max(MAX_GROUP_CHARACTERS)).max(MAX_GROUPS).optional(),
    expiresInSeconds: z.number().int().min(1).max(MAX_LIFETIME_SECONDS).default(DEFAULT_LIFETIME_SECONDS),
  })
  .refine(({ roles, groups }) => roles || groups, { path: ['roles'], error: 'must be there unless groups are' });
const tokenEventSchema = z.object({
  headers: z.object({ 'content-type': z.string().default('') }),
  body: z.string().default(''),
  isBase64Encoded: z.boolean(),
});

/** `POST /local/token`, and the issuer's keys and description where OpenID Connect clients look for them. */
export function tokenRoutes(issuer: Promise<Issuer>): TokenRoutes {
  const answers: Record<string, { routeKey: string; answer: Answer }> = {
    'issue-token': { routeKey: 'POST /local/token', answer: async (event) => issueToken(await issuer, event) },
    'get-keys': { routeKey: 'GET /local/.well-known/jwks.json', answer: async () => jsonReply((await issuer).keySet) },
    'get-issuer': {
      routeKey: 'GET /local/.well-known/openid-configuration',
      answer: async () => jsonReply((await issuer).discovery),
    },
  };
  const entries = Object.entries(answers);
  return {
    routes: entries.map(([name, { routeKey }]) => ({ name, routeKey, isPublic: true })),
    functions: entries.map(([name, { answer }]) => functionOf(name, answer)),
  };
}

function functionOf(name: string, answer: Answer): LambdaFunction {
  const handler = async (event: unknown) => {
    const { status, ...rest } = await answer(event);
    return { statusCode: status, ...rest };
  };
  return { name, timeoutSeconds: TIMEOUT_SECONDS, load: async () => ({ handler }) };
}

async function issueToken(issuer: Issuer, event: unknown): Promise<Reply> {
  const { headers, body, isBase64Encoded } = tokenEventSchema.parse(event);
  // Without this a page of another site could request a token: browsers send the other types without asking first.
  if (isBase64Encoded || !/^application\/json\s*(;|$)/i.test(headers['content-type'])) {
    return invalid('The content type must be application/json.');
  }
  const sent = parseJson(body);
  if (sent === undefined) return invalid('The body is not JSON.');
  const request = checkRequest(tokenRequestSchema, sent, 'body');
  if (request.problems !== undefined) return invalid(request.detail);
  const { user, roles = [], groups = [], expiresInSeconds } = request.data;
  return jsonReply({ token: await issuer.sign({ user, groups: [...roles, ...groups], expiresInSeconds }) });
}

function invalid(detail: string): Reply {
  return problem('InvalidRequest', { status: 400, detail });
}

// Text that is not JSON becomes undefined, which no JSON is.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
