/** The routes that only local mode has, as functions like those of the catalog: tokens, and the keys to verify them by. */
import { z } from 'zod';
import type { CatalogEntry } from '#functions/catalog/catalog';
import { jsonReply, problem, type Reply } from '#local/aws/apigateway/reply';
import { type Issuer, TokenRequest } from './issuer.ts';

export type TokenRoutes = {
  readonly catalog: readonly CatalogEntry[];
  /** The module of an entry above, as a function's file would export it; undefined for any other entry. */
  load(entry: CatalogEntry): { handler: (event: unknown) => Promise<object> } | undefined;
};

type Answer = (event: unknown) => Promise<Reply>;

const TIMEOUT_SECONDS = 5;
const TokenEvent = z.object({
  headers: z.object({ 'content-type': z.string().default('') }),
  body: z.string().default(''),
  isBase64Encoded: z.boolean(),
});

/** `POST /local/token`, and the issuer's keys and description where OpenID Connect clients look for them. */
export function tokenRoutes(issuer: Promise<Issuer>): TokenRoutes {
  const answers: Record<string, { route: string; answer: Answer }> = {
    'issue-token': { route: 'POST /local/token', answer: async (event) => issueToken(await issuer, event) },
    'get-keys': { route: 'GET /local/.well-known/jwks.json', answer: async () => jsonReply((await issuer).keySet) },
    'get-issuer': {
      route: 'GET /local/.well-known/openid-configuration',
      answer: async () => jsonReply((await issuer).discovery),
    },
  };
  return {
    catalog: Object.entries(answers).map(([name, { route }]) => publicRoute(name, route)),
    load: ({ name }) => {
      const found = answers[name];
      return found && { handler: async (event: unknown) => asResult(await found.answer(event)) };
    },
  };
}

function publicRoute(name: string, route: string): CatalogEntry {
  return { name, calledBy: { route, role: 'public' }, touches: [], timeoutSeconds: TIMEOUT_SECONDS };
}

function asResult({ status, ...rest }: Reply): object {
  return { statusCode: status, ...rest };
}

async function issueToken(issuer: Issuer, event: unknown): Promise<Reply> {
  const { headers, body, isBase64Encoded } = TokenEvent.parse(event);
  // A page of another site can post any type but this one without asking us first.
  if (isBase64Encoded || !/^application\/json\s*(;|$)/i.test(headers['content-type'])) {
    return invalid('The content type must be application/json.');
  }
  const request = TokenRequest.safeParse(parseJson(body));
  if (!request.success) return invalid(z.prettifyError(request.error));
  return jsonReply({ token: await issuer.sign(request.data) });
}

function invalid(detail: string): Reply {
  return problem({ status: 400, code: 'InvalidRequest', detail });
}

// What is no JSON becomes nothing, which is then refused for not being the object that a request for a token is.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
