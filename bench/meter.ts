/**
 * Counts what is sent to DynamoDB by the engine's own ConsumedCapacity: a relay before the engine sees every request,
 * from whichever process, exactly.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineLink, operationOf } from '#local/aws/dynamodb/proxy/engine-link';
import { listen, unlisten } from '#local/aws/wire/listen';

export type Spent = {
  readonly requests: number;
  /** Write capacity units; a refused write counts as 1, as on AWS for a record up to 1 KB. */
  readonly wcu: number;
  readonly rcu: number;
};
export type Sent = Spent & {
  readonly command: string;
  readonly tables: readonly string[];
  /** How many writes of it were refused by their conditions. */
  readonly refusals: number;
};
export type Meter = {
  /** Where what it counts is sent. */
  readonly url: string;
  /** What is sent while the work is done, request by request. What others send meanwhile counts, too. */
  measure(work: () => Promise<unknown>): Promise<Sent[]>;
};

const READS = /^(Get|BatchGet|Query|Scan)/;
/** Operations on tables have no capacity. */
const COUNTED = /Item$|^Query$|^Scan$|Statement$/;
const consumedSchema = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const requestSchema = z.looseObject({ TableName: z.string().default('') });
const outcomeSchema = z.looseObject({ Error: z.looseObject({ Code: z.string() }).optional() });
const replySchema = z.looseObject({
  /** The engine says nothing of a batch whose statements are all refused. */
  ConsumedCapacity: z.union([consumedSchema, z.array(consumedSchema)]).default([]),
  /** A list in the reply to a batch of statements. */
  Responses: z.array(outcomeSchema).catch([]),
});
/** The first word of a batch's statements, whose name they go by here: `BatchExecuteStatement:UPDATE`. */
const STATEMENT = /"Statement":"(\w+)/;

/** Does the work with a meter before the engine at this URL. Each request takes `delayMs` longer. */
export async function withMeter<T>(
  { engineUrl, delayMs = 0 }: { readonly engineUrl: string; readonly delayMs?: number },
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const relay = new Relay(engineUrl, delayMs);
  const url = await relay.open();
  try {
    return await work({ url, measure: (act) => relay.measure(act) });
  } finally {
    await relay.close();
  }
}

class Relay {
  readonly #link: EngineLink;
  readonly #delayMs: number;
  readonly #listeners = new Set<(sent: Sent) => void>();
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });

  constructor(engineUrl: string, delayMs: number) {
    this.#link = new EngineLink(engineUrl);
    this.#delayMs = delayMs;
  }

  open(): Promise<string> {
    return listen(this.#server, 0);
  }

  async measure(work: () => Promise<unknown>): Promise<Sent[]> {
    const sent: Sent[] = [];
    const listener = (one: Sent) => void sent.push(one);
    this.#listeners.add(listener);
    await work().finally(() => this.#listeners.delete(listener));
    return sent;
  }

  async close(): Promise<void> {
    await unlisten(this.#server);
    this.#link.close();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request;
    const operation = operationOf(headers);
    const body = await buffer(request);
    if (this.#delayMs > 0) await sleep(this.#delayMs);
    const isCounted = this.#listeners.size > 0 && COUNTED.test(operation);
    const reply = await this.#link.send({ headers, body: isCounted ? askingForCapacity(body) : body });
    response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
    if (!isCounted) return;
    const consumed = reply.status === 200 ? replySchema.parse(JSON.parse(String(reply.body))) : undefined;
    const sent = consumed ? sentBy(nameOf(operation, body), consumed) : refusedBy(operation, body);
    for (const listener of this.#listeners) listener(sent);
  }
}

function askingForCapacity(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: 'TOTAL' }));
}

/** The sum of what was sent, divided by this number. */
export function spentOn(sent: readonly Sent[], count = 1): Spent {
  const sum = (of: (one: Sent) => number) => sent.reduce((total, one) => total + of(one), 0) / count;
  return { requests: sum((one) => one.requests), wcu: sum((one) => one.wcu), rcu: sum((one) => one.rcu) };
}

function nameOf(operation: string, body: Buffer): string {
  const [, verb] = STATEMENT.exec(body.toString()) ?? [];
  return verb === undefined ? operation : `${operation}:${verb}`;
}

function sentBy(command: string, { ConsumedCapacity, Responses }: z.output<typeof replySchema>): Sent {
  const parts = [ConsumedCapacity].flat();
  const units = parts.reduce((sum, part) => sum + part.CapacityUnits, 0);
  const isRead = READS.test(command);
  const tables = parts.map((part) => part.TableName);
  const refusals = Responses.filter(({ Error: error }) => error?.Code === 'ConditionalCheckFailed').length;
  return { command, tables, requests: 1, wcu: isRead ? 0 : units, rcu: isRead ? units : 0, refusals };
}

function refusedBy(command: string, body: Buffer): Sent {
  const { TableName } = requestSchema.parse(JSON.parse(body.toString()));
  return { command, tables: [TableName], requests: 1, wcu: READS.test(command) ? 0 : 1, rcu: 0, refusals: 1 };
}
