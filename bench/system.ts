/** The whole local system for benchmarks, its functions in this process, so that what they send can be counted here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { Closing } from '#local/closing';
import { portsOf } from '#local/environment';
import { startHost } from '#local/host';
import { type LocalOptions, optionsOf } from '#local/options';
import { type Meter, withMeter } from './meter.ts';

const POLL_MS = 200;
const jobSchema = z.looseObject({
  jobId: z.string(),
  status: z.string(),
  taskCounts: z.record(z.string(), z.number()),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});
export type BenchJob = z.infer<typeof jobSchema>;
const eventsSchema = z.looseObject({ items: z.array(z.looseObject({ type: z.string() })) });

type BenchReply = { readonly status: number; readonly body: unknown };
export type BenchSystem = {
  /** Calls as an administrator, and returns whatever the reply is. */
  ask(method: string, path: string, body?: unknown): Promise<BenchReply>;
  /** Calls as an administrator; fails unless the answer is a success. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  job(method: string, path: string, body?: unknown): Promise<BenchJob>;
};

/** Starts it with these options and does the work; it is gone afterwards. */
export async function withSystem<T>(
  given: Pick<LocalOptions, 'port'> & Partial<LocalOptions>,
  work: (system: BenchSystem) => Promise<T>,
): Promise<T> {
  const closing = new Closing();
  const lost = Promise.withResolvers<never>();
  const options = { ...optionsOf(), ...given };
  try {
    const url = await startHost({ options, closing, log: () => {}, onLost: lost.reject });
    return await Promise.race([work(await systemAt(url)), lost.promise]);
  } finally {
    await closing.close();
  }
}

type Metered = Pick<LocalOptions, 'port'> & Partial<LocalOptions> & { readonly delayMs?: number };

/**
 * The same with a meter that sees what functions and servers send to DynamoDB. Each request takes `delayMs` longer.
 * Once a process: its own client stays with one endpoint.
 */
export async function withMeteredSystem<T>(
  { delayMs = 0, ...given }: Metered,
  work: (system: BenchSystem, meter: Meter) => Promise<T>,
): Promise<T> {
  const lost = Promise.withResolvers<never>();
  const engine = await startDynamoDb({ port: portsOf(given).dynamoDb, log: console.error, onLost: lost.reject });
  const run = withMeter({ engineUrl: engine.url, delayMs }, (meter) => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = meter.url;
    return withSystem(given, (system) => work(system, meter));
  });
  return await Promise.race([run, lost.promise]).finally(() => engine.close());
}

/** Reads until that holds, and returns what was read last. Fails after the limit. */
export async function until<T>(read: () => Promise<T>, holds: (seen: T) => boolean, limitMs: number): Promise<T> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; ) {
    const seen = await read();
    if (holds(seen)) return seen;
    await sleep(POLL_MS);
  }
  throw new Error(`Still not so after ${limitMs / 1000} s: ${JSON.stringify(await read())}`);
}

/**
 * Reads the job's events until one is of this type. A read of the job itself counts its tasks, which would be measured
 * too.
 */
export async function untilTold(
  system: BenchSystem,
  jobId: string,
  { type, limitMs }: { type: string; limitMs: number },
): Promise<void> {
  const read = async () => eventsSchema.parse(await system.call('GET', `/jobs/${jobId}/events`));
  await until(read, ({ items }) => items.some((event) => event.type === type), limitMs);
}

async function systemAt(url: string): Promise<BenchSystem> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ user: 'bench', roles: ['SystemAdministrator'] });
  const issued = await fetch(`${url}/local/token`, { method: 'POST', headers, body });
  const { token } = z.object({ token: z.string() }).parse(await issued.json());
  const ask: BenchSystem['ask'] = async (method, path, sent) => {
    const reply = await fetch(url + path, {
      method,
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: reply.status, body: await reply.json() };
  };
  const call: BenchSystem['call'] = async (method, path, sent) => {
    const reply = await ask(method, path, sent);
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  };
  return { ask, call, job: async (...sent) => jobSchema.parse(await call(...sent)) };
}
