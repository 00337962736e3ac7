/**
 * The wire between the store and its engine: an HTTP relay of ours that can be told to lose the reply of a request that the engine
 * has carried out, or to hold a request back until the test says so. Nothing else is changed on the way.
 */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** A request on the wire: its operation (`UpdateItem`) and its JSON text. */
export type Call = { readonly operation: string; readonly body: string };
type Matcher = (call: Call) => boolean;
export type Held = {
  /** Settles when the request has come. */
  readonly reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
};
type Rule = {
  readonly matches: Matcher;
  readonly losesReply: boolean;
  readonly reached: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
};
export type Wire = {
  readonly url: string;
  /** The reply of the next request that matches is lost after the engine has carried it out; settles when that has happened. */
  loseReply(matches: Matcher): Promise<void>;
  /** The next request that matches waits before the engine gets it. */
  hold(matches: Matcher): Held;
  /** Settles when the engine has carried out the next request that matches. */
  carriedOut(matches: Matcher): Promise<void>;
  /** Called with each request before the engine gets it, until the function given back is called. */
  onCall(listener: (call: Call) => void): () => void;
  close(): Promise<void>;
};

/** Opens the relay on a free port. Each rule is for one request; the first rule that matches takes it. */
export async function openWire(engineUrl: string): Promise<Wire> {
  const rules: Rule[] = [];
  const listeners = new Set<(call: Call) => void>();
  const watches: { readonly matches: Matcher; readonly done: () => void }[] = [];
  const agent = new Agent({ keepAlive: true });
  const closing = new AbortController();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const call = { operation: operationOf(request), body: body.toString() };
    for (const listener of listeners) listener(call);
    const rule = takeRule(rules, call);
    if (rule && !rule.losesReply) {
      rule.reached.resolve();
      await Promise.race([rule.released.promise, once(closing.signal, 'abort')]);
      closing.signal.throwIfAborted();
    }
    const reply = await relay(request, body, { engineUrl, agent });
    for (const { matches, done } of watches) if (matches(call)) done();
    if (rule?.losesReply) {
      response.destroy();
      rule.reached.resolve();
    } else await answer(response, reply);
  };
  // A connection that breaks on one side, by `close` as well, breaks on the other; a client then does as on any network.
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    loseReply: (matches) => addRule(rules, matches, true).reached.promise,
    hold: (matches) => {
      const { reached, released } = addRule(rules, matches, false);
      return { reached: reached.promise, release: released.resolve };
    },
    carriedOut: (matches) => new Promise((done) => watches.push({ matches, done })),
    onCall: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closing.abort();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

/** Whether the call is an update of a record of the table whose text has all of these parts. */
export function updateOf(table: string, ...parts: string[]): Matcher {
  return ({ operation, body }) =>
    operation === 'UpdateItem' && new RegExp(`"TableName":"[^"]*-${table}"`).test(body) && hasAll(body, parts);
}

/** Whether the call is a Query of the index whose text has all of these parts. */
export function queryOf(index: string, ...parts: string[]): Matcher {
  return ({ operation, body }) =>
    operation === 'Query' && body.includes(`"IndexName":"${index}"`) && hasAll(body, parts);
}

function hasAll(body: string, parts: readonly string[]): boolean {
  return parts.every((part) => body.includes(JSON.stringify(part)));
}

function addRule(rules: Rule[], matches: Matcher, losesReply: boolean): Rule {
  const rule = { matches, losesReply, reached: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
  rules.push(rule);
  return rule;
}

function takeRule(rules: Rule[], call: Call): Rule | undefined {
  const index = rules.findIndex((rule) => rule.matches(call));
  return index === -1 ? undefined : rules.splice(index, 1)[0];
}

function operationOf(request: IncomingMessage): string {
  return String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
}

async function relay(
  { method, headers, url }: IncomingMessage,
  body: Buffer,
  { engineUrl, agent }: { engineUrl: string; agent: Agent },
): Promise<IncomingMessage> {
  const request = sendRequest(new URL(url ?? '/', engineUrl), { method, headers, agent });
  request.end(body);
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
}

async function answer(response: ServerResponse, reply: IncomingMessage): Promise<void> {
  const body = await buffer(reply);
  response.writeHead(reply.statusCode ?? 502, reply.headers);
  response.end(body);
}
