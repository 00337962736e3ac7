/** What a caller may send, route by route. Unknown fields are refused, and every size has a limit with a name. */
import { z } from 'zod';
import { REQUEUE_SCOPES } from './job.ts';
import {
  DEFAULT_PAGE_ITEMS,
  MAX_CURSOR_CHARACTERS,
  MAX_DEPENDENCIES_PER_TASK,
  MAX_HANDLER_CHARACTERS,
  MAX_ID_CHARACTERS,
  MAX_NAME_CHARACTERS,
  MAX_PAGE_ITEMS,
  MAX_REASON_CHARACTERS,
  MAX_RETRIES,
  MAX_TASKS_PER_REQUEST,
  MAX_TIMEOUT_SECONDS,
} from './limits.ts';
import { PRIORITIES } from './priorities.ts';
import { JOB_STATUSES, TASK_STATUSES } from './statuses.ts';
import { EXPECTATIONS } from './task.ts';

const label = z
  .string()
  .regex(/^[A-Za-z0-9._-]+$/, 'use letters, digits, ".", "_" and "-" only')
  .max(MAX_ID_CHARACTERS);
const name = z.string().trim().min(1).max(MAX_NAME_CHARACTERS);
const reason = z.string().trim().min(1).max(MAX_REASON_CHARACTERS);
const limit = z.coerce.number().int().min(1).max(MAX_PAGE_ITEMS).default(DEFAULT_PAGE_ITEMS);
const cursor = z.string().min(1).max(MAX_CURSOR_CHARACTERS).optional();

export const taskRequestSchema = z.strictObject({
  taskId: label.optional(),
  name: name.optional(),
  handler: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'use letters, digits, ".", "_" and "-" only')
    .max(MAX_HANDLER_CHARACTERS),
  input: z.unknown().optional(),
  batchGroup: label.optional(),
  maxRetries: z.int().min(0).max(MAX_RETRIES).default(0),
  restartable: z.boolean().default(false),
  timeoutSeconds: z.number().positive().max(MAX_TIMEOUT_SECONDS).optional(),
  ignoreFailure: z.boolean().default(false),
  dependsOn: z
    .array(z.strictObject({ taskId: label, expected: z.enum(EXPECTATIONS) }))
    .max(MAX_DEPENDENCIES_PER_TASK)
    .optional(),
  dependencyCondition: z.enum(['All', 'Any']).optional(),
});
export type TaskRequest = z.infer<typeof taskRequestSchema>;

const tasks = z.array(taskRequestSchema).min(1).max(MAX_TASKS_PER_REQUEST);

export const submitJobSchema = z.strictObject({
  name,
  batchGroup: label.default('default'),
  /** The batch group's default priority unless given, `Normal` where that has none. */
  priority: z.enum(PRIORITIES).optional(),
  startAt: z.iso
    .datetime({ offset: true })
    .transform((at) => new Date(at).toISOString())
    .optional(),
  system: z.boolean().default(false),
  hold: z.boolean().default(false),
  tasks,
});
export type SubmitJobRequest = z.infer<typeof submitJobSchema>;

export const addTasksSchema = z.strictObject({ tasks });
export const cancelJobSchema = z.strictObject({ reason: reason.optional() });
export const abortJobSchema = z.strictObject({ planId: z.string().min(1).max(100), reason });
export const withdrawAbortSchema = z.strictObject({ reason: reason.optional() });
export const requeueJobSchema = z.strictObject({ scope: z.enum(REQUEUE_SCOPES).default('NotFinished') });
export const setPrioritySchema = z.strictObject({ priority: z.enum(PRIORITIES) });
export const setGroupSchema = z.strictObject({ defaultPriority: z.enum(PRIORITIES) });
export const setFeatureSchema = z.strictObject({ enabled: z.boolean() });

export const listJobsQuerySchema = z.strictObject({
  status: z.enum(JOB_STATUSES).optional(),
  batchGroup: label.optional(),
  limit,
  cursor,
});
export const listTasksQuerySchema = z.strictObject({ status: z.enum(TASK_STATUSES).optional(), limit, cursor });
export const listAbortsQuerySchema = z.strictObject({
  jobId: z.string().max(MAX_ID_CHARACTERS).optional(),
  limit,
  cursor,
});
export const pageQuerySchema = z.strictObject({ limit, cursor });
/** For the parts of a request in which nothing is expected: whatever is there is refused. */
export const nothing = z.strictObject({});

export const FEATURES = ['EnhancedBatchAbort'] as const;
export type FeatureName = (typeof FEATURES)[number];

export const jobPathSchema = z.object({ jobId: z.string().max(MAX_ID_CHARACTERS) });
export const taskPathSchema = z.object({
  jobId: z.string().max(MAX_ID_CHARACTERS),
  taskId: z.string().max(MAX_ID_CHARACTERS),
});
export const abortPathSchema = z.object({ abortId: z.string().max(MAX_ID_CHARACTERS) });
export const groupPathSchema = z.object({ batchGroup: label });
export const featurePathSchema = z.object({ name: z.string().max(MAX_ID_CHARACTERS) });
