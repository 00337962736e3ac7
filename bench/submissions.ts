/** Submissions of the largest size under AWS's limits: by one client on fresh tables, then by four at once. */
import { z } from 'zod';
import { queryAll } from '#store/dynamodb/read';
import type { Figure } from './figures.ts';
import { type BenchSystem, until, withSystem } from './system.ts';

const TASKS = 10_000;
const CLIENTS = 4;
/** A new table takes 4,000 WCU/s, and a task costs 3: 40,000 tasks take 30 s at the least. */
const WRITTEN_LIMIT_MS = 180_000;
/** What died is removed when its lease of 60 s is over. */
const REMOVED_LIMIT_MS = 180_000;
const SHARDS = 16;

/** Runs it. Jobs are held, so that no server takes capacity from the writes. */
export function measureSubmissions(port: number): Promise<Figure[]> {
  return withSystem({ port, likeAws: true, servers: 0 }, async (system) => {
    const [one] = await submitAtOnce(system, 1);
    const four = await submitAtOnce(system, CLIENTS);
    const statuses = four.map(({ status }) => status);
    const unowned = await removed(system);
    return [
      { what: 'one client, until answered', measured: one?.answeredSeconds ?? 0, unit: 's' },
      { what: 'one client, until all is written', measured: one?.writtenSeconds ?? 0, unit: 's', atMost: 15 },
      { what: 'four clients, accepted', measured: statuses.filter(isAccepted).length, unit: 'jobs' },
      { what: 'four clients, replies of another kind', measured: statuses.filter(isWrong).length, unit: '', atMost: 0 },
      { what: 'four clients, the last answer', measured: most(four, 'answeredSeconds'), unit: 's', atMost: 20 },
      { what: 'four clients, until all is written', measured: most(four, 'writtenSeconds'), unit: 's' },
      { what: 'jobs that are left unfinished', measured: unowned, unit: 'jobs', atMost: 0 },
    ];
  });
}

type Submitted = { readonly status: number; readonly answeredSeconds: number; readonly writtenSeconds: number };
const jobSchema = z.looseObject({ jobId: z.string(), taskTotal: z.number(), writing: z.unknown().optional() });

function submitAtOnce(system: BenchSystem, clients: number): Promise<Submitted[]> {
  return Promise.all(Array.from({ length: clients }, () => submitOne(system)));
}

async function submitOne(system: BenchSystem): Promise<Submitted> {
  const tasks = Array.from({ length: TASKS }, (_, index) => ({ handler: 'echo', input: { month: index } }));
  const started = performance.now();
  const sinceSeconds = () => (performance.now() - started) / 1_000;
  const { status, body } = await system.ask('POST', '/jobs', { name: 'large', hold: true, tasks });
  const answeredSeconds = sinceSeconds();
  if (!isAccepted(status)) return { status, answeredSeconds, writtenSeconds: 0 };
  const { jobId } = jobSchema.parse(body);
  const read = async () => jobSchema.parse(await system.call('GET', `/jobs/${jobId}`));
  await until(read, ({ writing }) => writing === undefined, WRITTEN_LIMIT_MS);
  const writtenSeconds = sinceSeconds();
  const written = await countTasks(jobId);
  if (written !== TASKS) throw new Error(`Job ${jobId} has ${written} tasks, not ${TASKS}.`);
  return { status, answeredSeconds, writtenSeconds };
}

/** Counted in the table itself: the counts of a held job come from its record. */
async function countTasks(jobId: string): Promise<number> {
  let tasks = 0;
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const partition = ['shardId', `${jobId}#${shard}`] as const;
    tasks += (await queryAll({ table: 'tasks', partition, only: ['taskId'] })).length;
  }
  return tasks;
}

/** Waits until what was refused is removed, and returns how many jobs are still being written. */
async function removed(system: BenchSystem): Promise<number> {
  const listSchema = z.looseObject({ items: z.array(jobSchema) });
  const writing = async () =>
    listSchema.parse(await system.call('GET', '/jobs')).items.filter((job) => job.writing !== undefined).length;
  return until(writing, (jobs) => jobs === 0, REMOVED_LIMIT_MS);
}

function isAccepted(status: number): boolean {
  return status === 201 || status === 202;
}

function isWrong(status: number): boolean {
  return !isAccepted(status) && status !== 429 && status !== 503;
}

function most(submitted: readonly Submitted[], what: 'answeredSeconds' | 'writtenSeconds'): number {
  return Math.max(...submitted.map((each) => each[what]));
}
