/** Serves the credentials of the handlers' role on this machine, by the protocol that ECS has for containers. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type RoleCredentials, roleOf } from '#engine/aws/role';
import { log } from '#server/log';

const PROFILE = 'lastcall-handlers';
const TOKEN_BYTES = 32;

type Credentials = () => Promise<RoleCredentials>;

/**
 * Serves session credentials of the role, whose name in AWS's logs is the server's id. Returns the variables by which
 * every SDK of AWS finds them, and asks again before they expire. Handlers of days need no more.
 * Source: AWS SDKs and Tools reference guide, "Container credential provider"
 */
export async function serveCredentials(roleArn: string, serverId: string): Promise<NodeJS.ProcessEnv> {
  const { AWS_CONFIG_FILE } = process.env;
  const credentials = await assume(roleArn, serverId);
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const server = createServer((request, response) => {
    response.shouldKeepAlive = false;
    void answer({ credentials, token }, request, response);
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    AWS_CONFIG_FILE,
  };
}

/** The SDK assumes the role by its own rules, from a profile. */
async function assume(roleArn: string, serverId: string): Promise<Credentials> {
  const file = join(await mkdtemp(join(tmpdir(), 'lastcall-')), 'config');
  const lines = [
    `[profile ${PROFILE}]`,
    `role_arn = ${roleArn}`,
    `role_session_name = ${serverId}`,
    'credential_source = EcsContainer',
  ];
  await writeFile(file, lines.join('\n'));
  Object.assign(process.env, { AWS_CONFIG_FILE: file });
  return roleOf(PROFILE);
}

type Serving = { readonly credentials: Credentials; readonly token: string };

async function answer({ credentials, token }: Serving, request: IncomingMessage, response: ServerResponse) {
  if (!isSame(request.headers.authorization, token)) {
    response.writeHead(401).end();
    return;
  }
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await credentials();
    const body = {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration,
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } catch (error) {
    log('The role of the handlers could not be assumed.', { error });
    response.writeHead(500).end();
  }
}

function isSame(given = '', token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
