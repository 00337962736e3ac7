/** How soon an idle fleet claims a task, and what it asks DynamoDB for while nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Figure, quantile } from '#bench/figures';
import type { Meter } from '#bench/meter';
import { type BenchSystem, withMeteredSystem } from '#bench/system';

const SERVERS = 2;
/** Between two submissions, in milliseconds: servers have found nothing for a while, or have just run something. */
const PAUSES_MS = [200, 1_700];
/** After the last task, servers look at growing intervals for this long. */
const SETTLE_MS = 15_000;
const IDLE_MS = 18_000;
const POLL_MS = 20;
const POLLS = 500;
const taskSchema = z.looseObject({ attempts: z.array(z.looseObject({ startedAt: z.string() })) });
const pageSchema = z.looseObject({ items: z.array(taskSchema) });
type Times = { readonly fromRequest: number; readonly fromReply: number };

/** Submits this number of jobs of one task, each when the one before has ended, to two idle servers. */
export function measurePickUp(port: number, jobs: number): Promise<Figure[]> {
  return withMeteredSystem({ port, servers: SERVERS }, async (system, meter) => {
    await pickUp(system);
    const times: Times[] = [];
    for (let run = 0; run < jobs; run += 1) {
      await sleep(PAUSES_MS[run % PAUSES_MS.length]);
      times.push(await pickUp(system));
    }
    const fromReply = times.map((each) => each.fromReply);
    const fromRequest = times.map((each) => each.fromRequest);
    return [
      ...figuresOf('from the reply', fromReply, [20, 60]),
      ...figuresOf('from the request', fromRequest, []),
      await idleRequests(meter),
    ];
  });
}

/** The reaper's requests are among them, some 60 a minute. A heartbeat is one, and the look that follows it two. */
async function idleRequests(meter: Meter): Promise<Figure> {
  await sleep(SETTLE_MS);
  const sent = await meter.measure(() => sleep(IDLE_MS));
  const measured = (sent.length * 60_000) / IDLE_MS / SERVERS;
  return { what: 'requests to DynamoDB at rest, for each of 2 servers', measured, unit: 'a minute', atMost: 160 };
}

async function pickUp(system: BenchSystem): Promise<Times> {
  const requestedMs = Date.now();
  const { jobId } = await system.job('POST', '/jobs', { name: 'pick-up', tasks: [{ handler: 'echo' }] });
  const repliedMs = Date.now();
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { items } = pageSchema.parse(await system.call('GET', `/jobs/${jobId}/tasks`));
    const startedMs = Date.parse(items[0]?.attempts[0]?.startedAt ?? '');
    if (!Number.isNaN(startedMs)) return { fromRequest: startedMs - requestedMs, fromReply: startedMs - repliedMs };
    await sleep(POLL_MS);
  }
  throw new Error(`The task of job ${jobId} did not start.`);
}

function figuresOf(what: string, times: readonly number[], budgets: readonly number[]): Figure[] {
  return [0.5, 0.95].map((share, at) => {
    const budget = budgets[at];
    return {
      what: `start of a task, p${share * 100} ${what}`,
      measured: quantile(times, share),
      unit: 'ms',
      ...(budget === undefined ? {} : { atMost: budget }),
    };
  });
}
