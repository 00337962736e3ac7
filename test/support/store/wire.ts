/**
 * The wire between the store and its engine: an HTTP relay that can lose the reply of a request that the engine has
 * carried out, hold a request until the test lets it go, or deliver one after its sender has given it up. It changes
 * nothing else on the way.
 */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { z } from 'zod';

/** A request on the wire: its operation (`UpdateItem`) and its JSON text. */
export type Call = { readonly operation: string; readonly body: string };
type Matcher = (call: Call) => boolean;
/** A request that the wire holds. */
export type Held = {
  /** Settles when the request has arrived. */
  readonly reached: Promise<void>;
  /** Lets the request go on. */
  release(): void;
};
/** A request that its sender has given up. */
export type Late = {
  /** Settles when the sender has given it up. */
  readonly reached: Promise<void>;
  /** Lets it arrive; settles when the engine has carried it out. */
  release(): Promise<void>;
};
type Rule = {
  readonly matches: Matcher;
  readonly does: 'loses its reply' | 'is held' | 'is late';
  readonly reached: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
  readonly arrived: PromiseWithResolvers<void>;
};

/** Opens a wire to this engine, on a free port. */
export async function openWire(engineUrl: string): Promise<Wire> {
  const wire = new Wire(engineUrl);
  await wire.listen();
  return wire;
}

/** A wire. Each rule is for one request; the first rule that matches takes it. */
export class Wire {
  readonly #engine: { readonly host: string; readonly port: string };
  readonly #rules: Rule[] = [];
  readonly #edits: { readonly matches: Matcher; readonly change: (reply: unknown) => unknown }[] = [];
  readonly #refusals = new Set<{ readonly matches: Matcher; readonly error: string }>();
  readonly #listeners = new Set<(call: Call) => void>();
  readonly #watches: { readonly matches: Matcher; readonly done: () => void }[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #closing = new AbortController();
  // A connection that breaks on one side, also by `close`, breaks on the other, as on any network.
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });

  constructor(engineUrl: string) {
    const { hostname, port } = new URL(engineUrl);
    this.#engine = { host: hostname, port };
  }

  get url(): string {
    const { port } = z.object({ port: z.number() }).parse(this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Loses the reply of the next request that matches, after the engine has carried it out; settles then. */
  loseReply(matches: Matcher): Promise<void> {
    return this.#addRule(matches, 'loses its reply').reached.promise;
  }

  /** Holds the next request that matches before the engine gets it. */
  hold(matches: Matcher): Held {
    const { reached, released } = this.#addRule(matches, 'is held');
    return { reached: reached.promise, release: released.resolve };
  }

  /** Breaks the connection of the next request that matches; the engine gets the request when the test releases it. */
  delay(matches: Matcher): Late {
    const { reached, released, arrived } = this.#addRule(matches, 'is late');
    const release = async () => {
      released.resolve();
      await arrived.promise;
    };
    return { reached: reached.promise, release };
  }

  /** Refuses each request that matches with this error of AWS, until the returned function is called. */
  refuse(matches: Matcher, error: string): () => void {
    const refusal = { matches, error };
    this.#refusals.add(refusal);
    return () => void this.#refusals.delete(refusal);
  }

  /** Changes the reply of the next request that matches. */
  edit(matches: Matcher, change: (reply: unknown) => unknown): void {
    this.#edits.push({ matches, change });
  }

  /** Settles when the engine has carried out the next request that matches. */
  carriedOut(matches: Matcher): Promise<void> {
    return new Promise((done) => this.#watches.push({ matches, done }));
  }

  /** Calls the listener with each request before the engine gets it, until the returned function is called. */
  onCall(listener: (call: Call) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#agent.destroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const call = { operation: operationOf(request), body: body.toString() };
    for (const listener of this.#listeners) listener(call);
    const refusal = [...this.#refusals].find(({ matches }) => matches(call));
    if (refusal) return refuseWith(response, refusal.error);
    const rule = this.#takeRule(call);
    if (rule?.does === 'is late') response.destroy();
    if (rule && rule.does !== 'loses its reply') await this.#hold(rule);
    const reply = await this.#relay(request, body, rule?.does === 'is late' ? undefined : response);
    for (const { matches, done } of this.#watches) if (matches(call)) done();
    if (rule?.does === 'loses its reply') {
      response.destroy();
      rule.reached.resolve();
    } else if (rule?.does === 'is late') {
      reply.resume();
      rule.arrived.resolve();
    } else await answer(response, reply, this.#takeEdit(call));
  }

  async #hold({ reached, released }: Rule): Promise<void> {
    reached.resolve();
    await Promise.race([released.promise, once(this.#closing.signal, 'abort')]);
    this.#closing.signal.throwIfAborted();
  }

  #addRule(matches: Matcher, does: Rule['does']): Rule {
    const [reached, released, arrived] = [newSignal(), newSignal(), newSignal()];
    const rule = { matches, does, reached, released, arrived };
    this.#rules.push(rule);
    return rule;
  }

  #takeRule(call: Call): Rule | undefined {
    const index = this.#rules.findIndex((rule) => rule.matches(call));
    return index === -1 ? undefined : this.#rules.splice(index, 1)[0];
  }

  #takeEdit(call: Call): ((reply: unknown) => unknown) | undefined {
    const index = this.#edits.findIndex(({ matches }) => matches(call));
    return index === -1 ? undefined : this.#edits.splice(index, 1)[0]?.change;
  }

  async #relay(
    { method, headers, url }: IncomingMessage,
    body: Buffer,
    client?: ServerResponse,
  ): Promise<IncomingMessage> {
    const request = sendRequest({ ...this.#engine, path: url, method, headers, agent: this.#agent });
    client?.once('close', () => client.writableFinished || request.destroy());
    request.end(body);
    return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
  }
}

function newSignal(): PromiseWithResolvers<void> {
  return Promise.withResolvers();
}

/** Whether the call is an update of a record of the table, with all of these parts in its text. */
export function updateOf(table: string, ...parts: string[]): Matcher {
  return ({ operation, body }) =>
    operation === 'UpdateItem' && new RegExp(`"TableName":"[^"]*-${table}"`).test(body) && hasAll(body, parts);
}

/** Whether the call is a batch of updates of records of the table, with all of these parts in its text. */
export function batchOf(table: string, ...parts: string[]): Matcher {
  return ({ operation, body }) =>
    operation === 'BatchExecuteStatement' &&
    new RegExp(`UPDATE \\\\"[^"]*-${table}\\\\"`).test(body) &&
    hasAll(body, parts);
}

/** Whether the call is the write that ends the pass over the tasks of a requeued job. */
export function endOfRequeue(jobId: string): Matcher {
  return (call) => updateOf('jobs', jobId)(call) && call.body.includes('REMOVE #requeue');
}

/** Whether the call is a Query of the index, with all of these parts in its text. */
export function queryOf(index: string, ...parts: string[]): Matcher {
  return ({ operation, body }) =>
    operation === 'Query' && body.includes(`"IndexName":"${index}"`) && hasAll(body, parts);
}

function hasAll(body: string, parts: readonly string[]): boolean {
  return parts.every((part) => body.includes(JSON.stringify(part)));
}

/** Node's own `buffer` makes a Blob of the chunks first, which takes longer than all else here. */
async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    message.once('end', () => resolve(Buffer.concat(chunks))).once('error', reject);
  });
}

function operationOf(request: IncomingMessage): string {
  return String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
}

/** An error as DynamoDB sends it (developer guide, "Error handling with DynamoDB"). */
function refuseWith(response: ServerResponse, error: string): void {
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(
    JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${error}`, message: 'Refused by the test.' }),
  );
}

async function answer(
  response: ServerResponse,
  reply: IncomingMessage,
  change?: (reply: unknown) => unknown,
): Promise<void> {
  const body = await bytesOf(reply);
  const { 'content-length': _length, 'x-amz-crc32': _sum, ...headers } = reply.headers;
  response.writeHead(reply.statusCode ?? 502, change ? headers : reply.headers);
  response.end(change ? JSON.stringify(change(JSON.parse(body.toString()))) : body);
}
