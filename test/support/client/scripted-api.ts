/** An API that replies what a test says, one reply after the other, and keeps what it was asked. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll } from '@jest/globals';

export type Scripted = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};
export type Asked = { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string };
export type ScriptedApi = { readonly url: string; readonly asked: readonly Asked[]; mostAtOnce(): number };

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** Starts it on a port of its own; the last reply is repeated. */
export async function scriptApi(...replies: Scripted[]): Promise<ScriptedApi> {
  const asked: Asked[] = [];
  let [underWay, most] = [0, 0];
  const server = createServer(async (request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) });
    const { status = 200, headers = {}, body = {} } = replies[asked.length - 1] ?? replies.at(-1) ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    underWay -= 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, asked, mostAtOnce: () => most };
}
