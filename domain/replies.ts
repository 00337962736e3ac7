/** What the API answers. Views are made by these schemas and the API's description is, so that neither can differ from the other. */
import { z } from 'zod';
import { abortedTaskSchema, abortSchema, bystanderSchema, restartSchema } from '#domain/aborts/abort';
import { planSchema } from '#domain/aborts/plan';
import { cancelSchema, jobSchema, requeueSchema } from '#domain/jobs/job';
import { serverSchema } from '#domain/servers/server';
import { taskSchema } from '#domain/tasks/task';
import { ERROR_STATUS } from './errors.ts';
import { featureSchema } from './feature.ts';
import { groupSchema } from './group.ts';
import { TASK_STATUSES } from './statuses.ts';

const healthReply = z.object({ status: z.literal('ok'), version: z.string() });

/** Each reply names its fields: a field that a record gains stays private until it is named here. */
export const jobReply = jobSchema
  .pick({
    jobId: true,
    name: true,
    status: true,
    batchGroup: true,
    priority: true,
    system: true,
    createdBy: true,
    createdAt: true,
    startedAt: true,
    endedAt: true,
    taskTotal: true,
    abortId: true,
    run: true,
    startAt: true,
  })
  .extend({
    cancel: cancelSchema.pick({ requestedBy: true, requestedAt: true, reason: true }).optional(),
    requeue: requeueSchema.pick({ requestedBy: true, requestedAt: true, scope: true }).optional(),
    /** When the job and all that belongs to it may be taken away. */
    expiresAt: z.string().optional(),
    taskCounts: z.record(z.enum(TASK_STATUSES), z.int().min(0)),
    /** As of when the tasks were counted; what a cancel has decided shows at once all the same. */
    taskCountsAt: z.string(),
  });

export const taskReply = taskSchema
  .pick({
    taskId: true,
    jobId: true,
    index: true,
    name: true,
    handler: true,
    status: true,
    batchGroup: true,
    maxRetries: true,
    restartable: true,
    ignoreFailure: true,
    timeoutSeconds: true,
    dependsOn: true,
    dependencyCondition: true,
    run: true,
    createdAt: true,
    endedAt: true,
    attempt: true,
    failures: true,
    attempts: true,
    serverId: true,
    startedAt: true,
    waitingFor: true,
    cause: true,
    abortId: true,
  })
  .extend({ input: z.unknown(), result: z.unknown().optional() });

/** Events have facts of their own beside these. */
export const eventReply = z.looseObject({ at: z.string(), type: z.string(), by: z.string().optional() });

const stoppedRun = { jobId: true, taskId: true, serverId: true, attempt: true, endedAt: true } as const;

export const abortReply = abortSchema
  .pick({
    abortId: true,
    jobId: true,
    run: true,
    mode: true,
    status: true,
    requestedBy: true,
    reason: true,
    planId: true,
    requestedAt: true,
    endedAt: true,
    drainSeconds: true,
    drainDeadline: true,
    executionArn: true,
    withdraw: true,
    failure: true,
  })
  .extend({
    servers: z.array(restartSchema),
    tasks: z.array(
      abortedTaskSchema.pick(stoppedRun).extend({ outcome: z.string(), waitingFor: z.string().optional() }),
    ),
    bystanders: z.array(bystanderSchema.pick({ ...stoppedRun, fate: true }).extend({ outcome: z.string() })),
    timeline: z.array(z.looseObject({ at: z.string(), type: z.string() })),
  });

export const serverReply = serverSchema
  .pick({
    serverId: true,
    containerArn: true,
    status: true,
    batchGroups: true,
    slots: true,
    startedAt: true,
    heartbeatAt: true,
    drainingAt: true,
    drainedAt: true,
    deadlineReached: true,
    lostAt: true,
    stopRequestedAt: true,
    abortId: true,
    replacedBy: true,
    replacedAt: true,
    stoppedAt: true,
    exitCode: true,
    settledAt: true,
  })
  .extend({
    drain: z.object({ deadline: z.string(), aborts: z.array(z.string()) }).optional(),
    running: z.array(taskSchema.pick({ jobId: true, taskId: true, status: true, startedAt: true })),
  });

export const planReply = planSchema.pick({
  planId: true,
  jobId: true,
  mode: true,
  drainSeconds: true,
  tasks: true,
  servers: true,
  disruptedJobs: true,
  warnings: true,
});
const featureReply = featureSchema.pick({ name: true, enabled: true, changedBy: true, changedAt: true });
const groupReply = groupSchema.pick({ batchGroup: true, defaultPriority: true, changedBy: true, changedAt: true });

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
