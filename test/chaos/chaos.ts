/** A long random trial of the running system: users act, disasters strike, and then the invariants are checked. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '#bench/figures';
import { readRuns } from '#test/support/witness/runs';
import { type Api, apiOf } from './api.ts';
import { checkAll } from './check.ts';
import { strike } from './disasters.ts';
import { letEnd } from './ending.ts';
import { type Host, withHost } from './host.ts';
import { runLoad } from './load.ts';
import { randomOf } from './random.ts';
import type { Records } from './records.ts';
import { createTrail, type Trail } from './trail.ts';
import { runUser } from './users.ts';
import { watch } from './watch.ts';

const USERS = 4;
/** Each user draws from numbers of its own: the timing of one does not change the draws of the others. */
const SEEDS_APART = 7_919;

type Trial = {
  readonly port: number;
  readonly minutes: number;
  readonly seed: number;
  readonly log?: string;
  readonly likeAws?: boolean;
  /** How many tasks are submitted in large jobs, beside those of the users. */
  readonly tasks?: number;
};

/**
 * Tries for this number of minutes, lets everything end, and prints each violation with its facts. The seed decides
 * what is drawn; when that meets what, the machine decides.
 */
export async function runChaos({ minutes, tasks = 0, ...given }: Trial): Promise<Figure[]> {
  const { seed, log } = given;
  const trail = createTrail(log);
  console.log(`seed ${seed}`);
  const counted = await withHost(given, async (host) => {
    const api = await apiOf(host, trail);
    await makeTrouble({ host, api, trail }, { forMs: minutes * 60_000, tasks, seed });
    const startMs = Date.now();
    const records = await letEnd(api, trail);
    const runs = readRuns(host.witnessFile);
    checkAll(trail, records, runs);
    return figuresOf(records, { runs: runs.length, endSeconds: (Date.now() - startMs) / 1_000 });
  });
  for (const violation of trail.violations()) console.log(`VIOLATION (seed ${seed}) ${violation}\n`);
  const violations = { what: 'violations', measured: trail.violations().length, unit: '', atMost: 0 };
  return [...trail.figures(), ...counted, violations];
}

type Tried = { readonly host: Host; readonly api: Api; readonly trail: Trail };

type Trouble = { readonly forMs: number; readonly tasks: number; readonly seed: number };

async function makeTrouble({ host, api, trail }: Tried, { forMs, tasks, seed }: Trouble): Promise<void> {
  const enough = new AbortController();
  const { signal } = enough;
  const { witnessFile } = host;
  const draws = (index: number) => randomOf(seed + index * SEEDS_APART);
  await Promise.all([
    sleep(forMs).then(() => enough.abort()),
    strike({ host, random: draws(0), trail }, signal),
    watch(api, trail, signal),
    runLoad({ api, trail, witnessFile, random: draws(USERS + 1) }, { tasks, forMs }, signal),
    ...Array.from({ length: USERS }, (_, index) =>
      runUser({ api, trail, witnessFile, random: draws(index + 1) }, signal),
    ),
  ]);
}

function figuresOf({ jobs, aborts, servers }: Records, seen: { runs: number; endSeconds: number }): Figure[] {
  const tasks = jobs.reduce((sum, each) => sum + each.tasks.length, 0);
  const counts = { jobs: jobs.length, tasks, runs: seen.runs, aborts: aborts.length, servers: servers.length };
  return [
    ...Object.entries(counts).map(([what, measured]) => ({ what, measured, unit: '' })),
    { what: 'until all had ended', measured: seen.endSeconds, unit: 's' },
  ];
}
