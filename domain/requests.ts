/** The request schemas, route by route. Unknown fields are refused, and every size has a named limit. */
import * as z from 'zod';
import { AUDITED_TYPES, ORDERS } from '#domain/jobs/audit';
import { REQUEUE_SCOPES } from '#domain/jobs/job';
import { EXPECTATIONS } from '#domain/tasks/task';
import {
  DEFAULT_PAGE_ITEMS,
  MAX_CURSOR_CHARACTERS,
  MAX_DEPENDENCIES_PER_TASK,
  MAX_ID_CHARACTERS,
  MAX_IDEMPOTENCY_KEY_CHARACTERS,
  MAX_NAME_CHARACTERS,
  MAX_PAGE_ITEMS,
  MAX_REASON_CHARACTERS,
  MAX_RETRIES,
  MAX_TASKS_PER_REQUEST,
  MAX_TIMEOUT_SECONDS,
  MAX_VALUES_PER_FILTER,
  MIN_TIMEOUT_SECONDS,
} from './limits.ts';
import { handlerNameSchema, labelSchema } from './names.ts';
import { DEFAULT_PRIORITY, PRIORITIES } from './priorities.ts';
import { JOB_STATUSES, TASK_STATUSES } from './statuses.ts';

/** Text for people, which every store and screen can show: no control characters but line breaks and tabs. */
const textSchema = z
  .string()
  .trim()
  .min(1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it refuses them.
  .regex(/^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$/, 'leave out control characters')
  .refine((text) => text.isWellFormed(), 'leave out half surrogate pairs');
const nameSchema = textSchema.max(MAX_NAME_CHARACTERS);
const reasonSchema = textSchema.max(MAX_REASON_CHARACTERS);
const limitSchema = z
  .string()
  .regex(/^\d{1,6}$/, `use a whole number from 1 to ${MAX_PAGE_ITEMS}`)
  .transform(Number)
  .pipe(z.int().min(1).max(MAX_PAGE_ITEMS))
  .default(DEFAULT_PAGE_ITEMS);
const cursorSchema = z.string().min(1).max(MAX_CURSOR_CHARACTERS).optional();
/** A list of jobs or aborts continues after this id. */
const idCursorSchema = z.ulid('use the cursor of a page unchanged').optional();
/** A list of servers continues after the server with this phase, start and id. */
const serverCursorSchema = z
  .string()
  .max(MAX_CURSOR_CHARACTERS)
  .regex(/^(Open|Final)#\d{4}-[\d:.TZ-]+#[\w.-]+$/, 'use the cursor of a page unchanged')
  .optional();
/** A list of events continues after the event with this time, type and key. */
const eventCursorSchema = z
  .string()
  .max(MAX_CURSOR_CHARACTERS)
  .regex(/^\d{4}-[\d:.TZ-]+#[A-Za-z]+#[\w.-]*$/, 'use the cursor of a page unchanged')
  .optional();

/** One or several values, with commas between. */
function severalOf<Schema extends z.ZodType<string, string>>(schema: Schema) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(schema).max(MAX_VALUES_PER_FILTER));
}

const timeSchema = z.iso
  .datetime({ offset: true })
  .transform((at) => new Date(at).toISOString())
  // A time zone can push a time out of the years with four digits, and only these sort as text.
  .pipe(z.iso.datetime('use a time in the years 0000 to 9999 UTC'));
/** A part of time, both ends included, and the order of a list. */
const timesOfList = {
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  order: z.enum(ORDERS).default('newest'),
};
/** What says that a part of time ends before it begins. */
const NO_TIME = { path: ['until'], message: 'use a time that is not before since' };
function isTime({ since, until }: { since?: string | undefined; until?: string | undefined }): boolean {
  return since === undefined || until === undefined || since <= until;
}
const usersSchema = severalOf(z.string().min(1).max(MAX_NAME_CHARACTERS)).optional();
const dependencySchema = z.strictObject({
  taskId: labelSchema.describe('A task of the same request.'),
  expected: z.enum(EXPECTATIONS).describe('How it must end.'),
});

export const taskRequestSchema = z.strictObject({
  taskId: labelSchema
    .optional()
    .describe('Its id in the job; others depend on it by this. If absent, one is assigned.'),
  name: nameSchema.optional().describe('For people; by default the id.'),
  handler: handlerNameSchema.describe('The code that runs, by its name on the servers: echo, report.print ...'),
  input: z.unknown().optional().describe('Any JSON, at most 64 KB: what the handler gets.'),
  batchGroup: labelSchema.optional().describe('The servers that may run it; by default those of the job.'),
  maxRetries: z.int().min(0).max(MAX_RETRIES).default(0).describe('How often it runs again after its handler failed.'),
  restartable: z.boolean().default(false).describe('Whether it may run again if its server is restarted or lost.'),
  timeoutSeconds: z
    .number()
    .min(MIN_TIMEOUT_SECONDS)
    .max(MAX_TIMEOUT_SECONDS)
    .optional()
    .describe('How long one attempt may take.'),
  ignoreFailure: z.boolean().default(false).describe('Whether the job can be Finished although this task failed.'),
  dependsOn: z.array(dependencySchema).max(MAX_DEPENDENCIES_PER_TASK).optional().describe('The tasks that end first.'),
  dependencyCondition: z.enum(['All', 'Any']).optional().describe('How many of these; by default All.'),
});
/** A task as a caller sends it. */
export type TaskRequest = z.infer<typeof taskRequestSchema>;

const tasksSchema = z.array(taskRequestSchema).min(1).max(MAX_TASKS_PER_REQUEST);

export const submitJobSchema = z.strictObject({
  name: nameSchema.describe('For people.'),
  batchGroup: labelSchema.default('default').describe('The servers that may run its tasks.'),
  /** If absent, the batch group's default priority; if that has none, `DEFAULT_PRIORITY`. */
  priority: z.enum(PRIORITIES).optional().describe(`By default that of the batch group, or ${DEFAULT_PRIORITY}.`),
  startAt: timeSchema.optional().describe('None of its tasks starts before this time.'),
  system: z.boolean().default(false).describe('A system job cannot be cancelled; only administrators submit one.'),
  hold: z.boolean().default(false).describe('Whether it waits in Withhold until it is released.'),
  tasks: tasksSchema.describe('At least one.'),
});
/** A submission of a job with its first tasks. */
export type SubmitJobRequest = z.infer<typeof submitJobSchema>;

export const submitJobQuerySchema = z.strictObject({
  /** Whether nothing is kept: the reply says what the job would be. */
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .pipe(z.boolean()),
});

/** A key that the caller chooses; the same key means a repeat of the same submission. */
export const idempotencyKeySchema = z.string().min(1).max(MAX_IDEMPOTENCY_KEY_CHARACTERS);

export const addTasksSchema = z.strictObject({ tasks: tasksSchema });
/** Tasks for a job that exists. */
export type AddTasksRequest = z.infer<typeof addTasksSchema>;

export const cancelJobSchema = z.strictObject({ reason: reasonSchema.optional() });
export const abortJobSchema = z.strictObject({ planId: labelSchema, reason: reasonSchema });
export const withdrawAbortSchema = z.strictObject({ reason: reasonSchema.optional() });
export const requeueJobSchema = z.strictObject({ scope: z.enum(REQUEUE_SCOPES).default('NotFinished') });
export const setPrioritySchema = z.strictObject({ priority: z.enum(PRIORITIES) });
export const setGroupSchema = z.strictObject({ defaultPriority: z.enum(PRIORITIES) });
export const setFeatureSchema = z.strictObject({ enabled: z.boolean() });

export const listJobsQuerySchema = z
  .strictObject({
    status: severalOf(z.enum(JOB_STATUSES)).optional(),
    batchGroup: severalOf(labelSchema).optional(),
    priority: severalOf(z.enum(PRIORITIES)).optional(),
    createdBy: usersSchema,
    q: z.string().min(1).max(MAX_NAME_CHARACTERS).optional(),
    ...timesOfList,
    limit: limitSchema,
    cursor: idCursorSchema,
  })
  .refine(isTime, NO_TIME);
export const listTasksQuerySchema = z.strictObject({
  status: severalOf(z.enum(TASK_STATUSES)).optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});
export const listAbortsQuerySchema = z.strictObject({
  jobId: z.string().min(1).max(MAX_ID_CHARACTERS).optional(),
  limit: limitSchema,
  cursor: idCursorSchema,
});
export const listAuditQuerySchema = z
  .strictObject({
    type: severalOf(z.enum(AUDITED_TYPES)).optional(),
    by: usersSchema,
    ...timesOfList,
    limit: limitSchema,
    cursor: cursorSchema,
  })
  .refine(isTime, NO_TIME);
export const listEventsQuerySchema = z.strictObject({ limit: limitSchema, cursor: eventCursorSchema });
export const listServersQuerySchema = z.strictObject({ limit: limitSchema, cursor: serverCursorSchema });
/** Without a task, the job and all its open tasks. */
export const listWaitingQuerySchema = z.strictObject({ taskId: z.string().min(1).max(MAX_ID_CHARACTERS).optional() });
/** For a part of a request that must be empty: any field is refused. */
export const nothingSchema = z.strictObject({});
/** For a part of a request that is not read. */
export const anythingSchema = z.unknown();

export const jobPathSchema = z.object({ jobId: z.string().max(MAX_ID_CHARACTERS) });
export const taskPathSchema = z.object({
  jobId: z.string().max(MAX_ID_CHARACTERS),
  taskId: z.string().max(MAX_ID_CHARACTERS),
});
export const abortPathSchema = z.object({ abortId: z.string().max(MAX_ID_CHARACTERS) });
export const groupPathSchema = z.object({ batchGroup: labelSchema });
export const featurePathSchema = z.object({ name: z.string().max(MAX_ID_CHARACTERS) });
