/** Lastcall beside job queues on PostgreSQL and on Redis: the same tasks that do nothing, in turn, in one run. */
import { z } from 'zod';
import { type Figure, quantile } from '#bench/figures';
import { type BenchSystem, untilTold, withSystem } from '#bench/system';
import type { Peer } from './peer.ts';
import { startGraphileWorker, startPgBoss } from './postgres.ts';
import { startBullMq } from './redis.ts';

const ROUNDS = 3;
const WARM_UP_TASKS = 200;
const RUN_LIMIT_MS = 120_000;
const HOW_TO = `Install them in a folder, \`npm install --prefix FOLDER pg-boss@10 graphile-worker\`, start a PostgreSQL, and set
LASTCALL_PEERS=FOLDER and LASTCALL_PEERS_POSTGRES=postgres://... (docs/benchmarks.md).`;
const WITHOUT_REDIS =
  'BullMQ is left out: LASTCALL_PEERS_REDIS=redis://... names no Redis or Valkey (docs/benchmarks.md).';

const settingsSchema = z.object({
  LASTCALL_PEERS: z.string().min(1),
  LASTCALL_PEERS_POSTGRES: z.url(),
  LASTCALL_PEERS_REDIS: z.url().optional(),
});

type PeersOptions = { readonly port: number; readonly tasks: number; readonly slots: number };
type Run = { readonly submitSeconds: number; readonly perSecond: number };

/**
 * Measures all of them in turn, some rounds long. Lastcall has one server.
 * @throws Error saying how to install them, if they are not
 */
export async function measurePeers({ port, tasks, slots }: PeersOptions): Promise<Figure[]> {
  const settings = settingsSchema.safeParse(process.env);
  if (!settings.success) throw new Error(`The peers are not installed. ${HOW_TO}`);
  const {
    LASTCALL_PEERS: folder,
    LASTCALL_PEERS_POSTGRES: postgresUrl,
    LASTCALL_PEERS_REDIS: redisUrl,
  } = settings.data;
  const place = { folder, postgresUrl, slots };
  if (redisUrl === undefined) console.error(WITHOUT_REDIS);
  return withSystem({ port, servers: 1, slots }, async (system) => {
    const peers = [lastcall(system), await startPgBoss(place), await startGraphileWorker(place)];
    if (redisUrl !== undefined) peers.push(await startBullMq({ ...place, redisUrl }));
    for (const peer of peers) await runOf(peer, WARM_UP_TASKS);
    const runs = new Map<string, Run[]>(peers.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const peer of peers) runs.get(peer.name)?.push(await runOf(peer, tasks));
    for (const peer of peers) await peer.close();
    return figuresOf(runs);
  });
}

function lastcall(system: BenchSystem): Peer {
  let jobId = '';
  return {
    name: 'Lastcall',
    submit: async (tasks) => {
      const body = {
        name: 'peers',
        tasks: Array.from({ length: tasks }, (_, index) => ({ handler: 'echo', input: { index } })),
      };
      ({ jobId } = await system.job('POST', '/jobs', body));
    },
    ended: () => untilTold(system, jobId, { type: 'JobFinished', limitMs: RUN_LIMIT_MS }),
    close: async () => undefined,
  };
}

async function runOf(peer: Peer, tasks: number): Promise<Run> {
  const started = performance.now();
  await peer.submit(tasks);
  const submitSeconds = (performance.now() - started) / 1_000;
  await peer.ended(tasks);
  return { submitSeconds, perSecond: (tasks / (performance.now() - started)) * 1_000 };
}

/** The ratios are those of each round: what else the machine did then bore on all. */
function figuresOf(runs: ReadonlyMap<string, readonly Run[]>): Figure[] {
  const own = runs.get('Lastcall') ?? [];
  return [...runs].flatMap(([name, of]) => {
    const speeds = of.map(({ perSecond }) => perSecond);
    const ratios = of.map(({ perSecond }, round) => (own[round]?.perSecond ?? 0) / perSecond);
    return [
      {
        what: `${name}: submit, median of ${of.length}`,
        measured: quantile(
          of.map((run) => run.submitSeconds),
          0.5,
        ),
        unit: 's',
      },
      { what: `${name}: from the submission, median`, measured: quantile(speeds, 0.5), unit: 'tasks/s' },
      { what: `${name}: slowest`, measured: Math.min(...speeds), unit: 'tasks/s' },
      { what: `${name}: fastest`, measured: Math.max(...speeds), unit: 'tasks/s' },
      ...(name === 'Lastcall'
        ? []
        : [
            { what: `Lastcall / ${name}, median`, measured: quantile(ratios, 0.5), unit: 'times' },
            { what: `Lastcall / ${name}, least`, measured: Math.min(...ratios), unit: 'times' },
            { what: `Lastcall / ${name}, most`, measured: Math.max(...ratios), unit: 'times' },
          ]),
    ];
  });
}
