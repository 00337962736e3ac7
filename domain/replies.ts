/** What the API answers. Views are made by these schemas and the API's description is, so that neither can differ from the other. */
import { z } from 'zod';
import { abortedTaskSchema, abortSchema, bystanderSchema, restartSchema } from './abort.ts';
import { ERROR_STATUS } from './errors.ts';
import { featureSchema } from './feature.ts';
import { groupSchema } from './group.ts';
import { jobSchema } from './job.ts';
import { planSchema } from './plan.ts';
import { serverSchema } from './server.ts';
import { TASK_STATUSES } from './statuses.ts';
import { taskSchema } from './task.ts';

const healthReply = z.object({ status: z.literal('ok'), version: z.string() });

export const jobReply = jobSchema
  .omit({
    batchGroups: true,
    shards: true,
    hasDependencies: true,
    hasNamedTasks: true,
    addingUntil: true,
    cancelPassedAt: true,
    dispatchGroup: true,
    dispatchAt: true,
  })
  .extend({
    /** When the job and all that belongs to it may be taken away. */
    expiresAt: z.string().optional(),
    taskCounts: z.record(z.enum(TASK_STATUSES), z.int().min(0)),
    /** As of when the tasks were counted; what a cancel has decided shows at once all the same. */
    taskCountsAt: z.string(),
  });

export const taskReply = taskSchema
  .omit({ shardId: true, claimId: true, dependents: true })
  .extend({ input: z.unknown(), result: z.unknown().optional() });

export const eventReply = z.looseObject({ at: z.string(), type: z.string(), by: z.string().optional() });

const internalOfRun = { shardId: true, claimId: true } as const;

export const abortReply = abortSchema.omit({ restarts: true, serverIds: true }).extend({
  servers: z.array(restartSchema),
  tasks: z.array(
    abortedTaskSchema.omit(internalOfRun).extend({ outcome: z.string(), waitingFor: z.string().optional() }),
  ),
  bystanders: z.array(bystanderSchema.omit(internalOfRun).extend({ outcome: z.string() })),
  timeline: z.array(z.looseObject({ at: z.string(), type: z.string() })),
});

export const serverReply = serverSchema
  .omit({
    cancelOrders: true,
    stopOrders: true,
    drainAborts: true,
    drainTokens: true,
    stopTokens: true,
    drainDeadline: true,
    stopAcceptedAt: true,
    closedAt: true,
  })
  .extend({
    drain: z.object({ deadline: z.string(), aborts: z.array(z.string()) }).optional(),
    running: z.array(taskSchema.pick({ jobId: true, taskId: true, status: true, startedAt: true })),
  });

export const planReply = planSchema;
const featureReply = featureSchema;
const groupReply = groupSchema;

/** A refusal as RFC 9457 describes it; each code has its own further members. */
export const problemReply = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum([...Object.keys(ERROR_STATUS), 'Internal']),
  /** With the code PlanChanged: the plan as it is now. */
  plan: planReply.optional(),
});

/** The shapes, by the names that the API's description gives them. */
export const SHAPES = {
  Health: healthReply,
  Job: jobReply,
  Task: taskReply,
  JobEvent: eventReply,
  Plan: planReply,
  Abort: abortReply,
  Server: serverReply,
  Feature: featureReply,
  Group: groupReply,
  Problem: problemReply,
} as const satisfies Record<string, z.ZodType>;
export type Shape = keyof typeof SHAPES;
