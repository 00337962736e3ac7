/** The records as the API tells them, as far as a trial looks at them, and all of them at once. */
import { z } from 'zod';
import {
  abortReplySchema,
  eventReplySchema,
  jobReplySchema,
  serverReplySchema,
  taskReplySchema,
} from '#domain/replies';
import type { Api } from './api.ts';

export type Job = z.infer<typeof jobReplySchema>;
export type Task = z.infer<typeof taskReplySchema>;
export type Abort = z.infer<typeof abortReplySchema>;
export type Server = z.infer<typeof serverReplySchema>;

export type JobEvent = z.infer<typeof eventReplySchema>;

export type JobWithTasks = {
  readonly job: Job;
  readonly tasks: readonly Task[];
  readonly events: readonly JobEvent[];
};
export type Records = {
  readonly jobs: readonly JobWithTasks[];
  readonly aborts: readonly Abort[];
  readonly servers: readonly Server[];
};

const PAGE_ITEMS = 200;
const MAX_PAGES = 100;

/** A page of these. */
export function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.object({ items: z.array(schema), cursor: z.string().optional() });
}

/** Everything there is; fails when the system does not answer. */
export async function readRecords(api: Api): Promise<Records> {
  const { jobs, ...rest } = await readOverview(api);
  const whole: JobWithTasks[] = [];
  for (const job of jobs) {
    const own = `/jobs/${job.jobId}`;
    const tasks = await readAll(api, `${own}/tasks?`, taskReplySchema);
    whole.push({ job, tasks, events: await readAll(api, `${own}/events?`, eventReplySchema) });
  }
  return { jobs: whole, ...rest };
}

export type Overview = Omit<Records, 'jobs'> & { readonly jobs: readonly Job[] };

/** The same without what belongs to each job. */
export async function readOverview(api: Api): Promise<Overview> {
  const jobs = await readAll(api, '/jobs?', jobReplySchema);
  const servers = (await answered(api, '/servers', listOf(serverReplySchema))).items;
  return { jobs, aborts: await readAll(api, '/aborts?', abortReplySchema), servers };
}

/** The items of all pages. */
async function readAll<Schema extends z.ZodType>(api: Api, path: string, schema: Schema): Promise<z.infer<Schema>[]> {
  const items: z.infer<Schema>[] = [];
  let next = `${path}limit=${PAGE_ITEMS}`;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await answered(api, next, listOf(schema));
    items.push(...read.items);
    if (read.cursor === undefined) return items;
    next = `${path}limit=${PAGE_ITEMS}&cursor=${encodeURIComponent(read.cursor)}`;
  }
  throw new Error(`${path} has more than ${MAX_PAGES} pages.`);
}

async function answered<Schema extends z.ZodType>(api: Api, path: string, schema: Schema): Promise<z.infer<Schema>> {
  const read = await api.read(path, schema);
  if (read === undefined) throw new Error(`GET ${path} was not answered.`);
  return read;
}
