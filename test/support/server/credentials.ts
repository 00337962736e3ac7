/** What a server's container has around it on AWS: the credentials of its role, and STS. Both check who asks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

export const HANDLERS_ROLE = 'arn:aws:iam::000000000000:role/handlers';
export const SERVER_KEY = 'ASIASERVER';
export const HANDLERS_KEY = 'ASIAHANDLERS';
const HOUR_MS = 3_600_000;

export type Around = {
  /** The variables that ECS sets, and the endpoint of STS. */
  readonly variables: Readonly<Record<string, string>>;
  /** The sessions that were started, as `role session`. */
  readonly sessions: readonly string[];
  close(): Promise<void>;
};

/** Answers a request for the credentials of the server, and AssumeRole with these. */
export async function startAround(): Promise<Around> {
  const sessions: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const own = { AccessKeyId: SERVER_KEY, SecretAccessKey: 'secret', Token: 'token', Expiration: soon() };
      response.end(JSON.stringify(own));
      return;
    }
    const asked = new URLSearchParams(await text(request));
    const isAllowed = request.headers.authorization?.includes(`Credential=${SERVER_KEY}/`);
    if (!isAllowed || asked.get('RoleArn') !== HANDLERS_ROLE) return void response.writeHead(403).end();
    sessions.push(`${asked.get('RoleArn')} ${asked.get('RoleSessionName')}`);
    response.setHeader('content-type', 'text/xml').end(assumed());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/own`, AWS_ENDPOINT_URL_STS: url, ECS_AGENT_URI: url };
  const close = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { variables, sessions, close };
}

function assumed(): string {
  const credentials = Object.entries({
    AccessKeyId: HANDLERS_KEY,
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: soon(),
  }).map(([name, value]) => `<${name}>${value}</${name}>`);
  const result = `<AssumeRoleResult><Credentials>${credentials.join('')}</Credentials></AssumeRoleResult>`;
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleResponse>`;
}

function soon(): string {
  return new Date(Date.now() + HOUR_MS).toISOString();
}
