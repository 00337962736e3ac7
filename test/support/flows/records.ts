/** The replies of the API, as far as flows look at them, and the calls that nearly every flow makes. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import { ABORT_STATUSES, isFinalJob, JOB_STATUSES, SERVER_STATUSES, TASK_STATUSES } from '#domain/statuses';
import type { Api, Call, Reply } from './client.ts';
import { eventually } from './system.ts';

export const jobSchema = z.looseObject({
  jobId: z.string(),
  name: z.string(),
  status: z.enum(JOB_STATUSES),
  createdBy: z.string(),
  system: z.boolean(),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
  taskTotal: z.number(),
  taskCounts: z.strictObject(Object.fromEntries(TASK_STATUSES.map((status) => [status, z.number()] as const))),
  cancel: z
    .object({ requestedBy: z.string(), requestedAt: z.iso.datetime(), reason: z.string().optional() })
    .optional(),
  abortId: z.string().optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const taskSchema = z.looseObject({
  taskId: z.string(),
  jobId: z.string(),
  status: z.enum(TASK_STATUSES),
  serverId: z.string().optional(),
  input: z.unknown().optional(),
  result: z.unknown().optional(),
  attempts: z.array(
    z.looseObject({
      attempt: z.number(),
      serverId: z.string(),
      startedAt: z.iso.datetime(),
      endedAt: z.iso.datetime().optional(),
      outcome: z.string().optional(),
      cause: z.string().optional(),
      error: z.object({ name: z.string(), message: z.string() }).optional(),
    }),
  ),
});
export type Task = z.infer<typeof taskSchema>;

export const serverSchema = z.looseObject({
  serverId: z.string(),
  status: z.enum(SERVER_STATUSES),
  batchGroups: z.array(z.string()),
  slots: z.number(),
  startedAt: z.iso.datetime(),
  heartbeatAt: z.iso.datetime(),
  running: z.array(
    z.object({
      jobId: z.string(),
      taskId: z.string(),
      status: z.enum(TASK_STATUSES),
      startedAt: z.iso.datetime().optional(),
    }),
  ),
});
export type Server = z.infer<typeof serverSchema>;

export const planSchema = z.looseObject({
  planId: z.string(),
  mode: z.enum(['task', 'server']),
  tasks: z.array(z.object({ taskId: z.string(), serverId: z.string(), startedAt: z.iso.datetime() })),
  disruptedJobs: z.array(z.unknown()),
});
export type Plan = z.infer<typeof planSchema>;

export const abortSchema = z.looseObject({
  abortId: z.string(),
  status: z.enum(ABORT_STATUSES),
  requestedAt: z.iso.datetime(),
  tasks: z.array(
    z.looseObject({ taskId: z.string(), outcome: z.string().optional(), waitingFor: z.string().optional() }),
  ),
  timeline: z.array(z.looseObject({ at: z.iso.datetime(), type: z.string() })),
});
export type Abort = z.infer<typeof abortSchema>;

const pageSchema = z.object({ items: z.array(z.unknown()), cursor: z.string().optional() });
const PAGE_ITEMS = 1_000;
const MAX_PAGES = 200;

/** The records of such a system may be slow: one that a test has started must serve each read at once. */
const IS_ELSEWHERE = process.env.LASTCALL_URL !== undefined;

/** Asks again as long as the system is busy, as any client would. */
function untilServed(send: () => Promise<Reply>): Promise<Reply> {
  return eventually(() => send().then((reply) => reply.status !== 503 && reply));
}

/** Calls and parses; fails with the whole reply where the status is not the expected one. */
export async function expectReply<Schema extends z.ZodType>(
  client: Api,
  [method, path]: readonly [string, string],
  { status = 200, schema, ...call }: Call & { readonly status?: number; readonly schema: Schema },
): Promise<z.infer<Schema>> {
  const send = () => client.call(method, path, call);
  const reply = IS_ELSEWHERE && method === 'GET' ? await untilServed(send) : await send();
  if (reply.status === status) return schema.parse(reply.body);
  throw new Error(`${method} ${path} answered ${reply.status} ${JSON.stringify(reply.body)}, not ${status}.`);
}

/**
 * Submits a job of these tasks, as a system administrator unless the call says otherwise. While the system is busy, it
 * keeps nothing and says so: then it is asked again, as any client would. If it is slow, it accepts the job first.
 */
export async function submitJob(client: Api, body: object, call: Call = {}): Promise<Job> {
  const submit = () => client.call('POST', '/jobs', { ...call, body: { name: 'flow', ...body } });
  const first = await submit();
  const reply = first.status === 503 ? await untilServed(submit) : first;
  if (reply.status === 201 || reply.status === 202) return jobSchema.parse(reply.body);
  throw new Error(`POST /jobs answered ${reply.status} ${reply.text}, not 201 or 202.`);
}

/** Cancels; the answer is the job. */
export function cancelJob(client: Api, jobId: string, reason = 'flow'): Promise<Job> {
  return expectReply(client, ['POST', `/jobs/${jobId}/cancel`], { body: { reason }, status: 202, schema: jobSchema });
}

export function readJob(client: Api, jobId: string): Promise<Job> {
  return expectReply(client, ['GET', `/jobs/${jobId}`], { schema: jobSchema });
}

/** All the job's tasks, page by page; of one status where one is given. */
export async function readTasks(client: Api, jobId: string, query = ''): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined = '';
  for (let page = 0; cursor !== undefined && page < MAX_PAGES; page += 1) {
    const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/jobs/${jobId}/tasks?limit=${PAGE_ITEMS}${query}${from}`;
    const read: z.infer<typeof pageSchema> = await expectReply(client, ['GET', path], { schema: pageSchema });
    tasks.push(...z.array(taskSchema).parse(read.items));
    cursor = read.cursor;
    await yieldToOthers();
  }
  return tasks;
}

export async function readServers(client: Api): Promise<Server[]> {
  const { items } = await expectReply(client, ['GET', '/servers'], {
    schema: z.object({ items: z.array(serverSchema) }),
  });
  return items;
}

/** The job when it has its final status. */
export function untilFinal(client: Api, jobId: string, limitMs: number): Promise<Job> {
  return eventually(
    async () => {
      const job = await readJob(client, jobId);
      if (isFinalJob(job.status)) return job;
      throw new Error(`After ${limitMs} ms the job is still ${JSON.stringify(job)}.`);
    },
    { limitMs },
  );
}

/** The job when this number of its tasks have that status. */
export function untilCount(client: Api, jobId: string, wanted: Partial<Job['taskCounts']>): Promise<Job> {
  return eventually(async () => {
    const job = await readJob(client, jobId);
    if (Object.entries(wanted).every(([status, count]) => job.taskCounts[status] === count)) return job;
    throw new Error(`Still not ${JSON.stringify(wanted)}: ${JSON.stringify(job)}`);
  });
}

/**
 * The job when this number of its tasks run. Between claim and start a task is Executing too, and a cancel then makes
 * it NotRun.
 */
export function untilRunning(client: Api, jobId: string, count: number): Promise<Job> {
  return eventually(
    async () => {
      const tasks = await readTasks(client, jobId, '&status=Executing');
      const running = tasks.filter((task) => hasStarted(task.attempts.at(-1)));
      if (running.length === count) return readJob(client, jobId);
      throw new Error(`Only ${running.length} of ${count} tasks run: ${JSON.stringify(await readJob(client, jobId))}`);
    },
    { limitMs: 30_000 },
  );
}

/** Whether an attempt is more than a claim: what was claimed longer ago than a heartbeat has started, or was undone. */
export function hasStarted({ startedAt = '~' }: { readonly startedAt?: string | undefined } = {}): boolean {
  return startedAt < new Date(Date.now() - STARTED_AFTER_MS).toISOString();
}

const STARTED_AFTER_MS = 1_500;

/** This number of tasks alike, with ids from `<prefix>-0` on. */
export function tasksOf(count: number, task: object, prefix = 'task'): object[] {
  return Array.from({ length: count }, (_, index) => ({ taskId: `${prefix}-${index}`, ...task }));
}
