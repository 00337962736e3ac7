/** The replies of the API. Views and the API's description are both made from these schemas, so they cannot differ. */
import * as z from 'zod';
import { abortedTaskSchema, abortSchema, bystanderSchema, restartSchema } from '#domain/aborts/abort';
import { planSchema } from '#domain/aborts/plan';
import { abortActionsSchema, jobActionsSchema, settingActionsSchema } from '#domain/actions/actions';
import { dryRunSchema } from '#domain/jobs/dry-run';
import { cancelSchema, jobSchema, requeueSchema } from '#domain/jobs/job';
import { waitingSchema } from '#domain/jobs/waiting';
import { serverSchema } from '#domain/servers/server';
import { taskSchema } from '#domain/tasks/task';
import { ERROR_STATUS } from './errors.ts';
import { featureSchema } from './feature.ts';
import { groupSchema } from './group.ts';
import { TASK_STATUSES } from './statuses.ts';

const healthReplySchema = z.object({ status: z.literal('ok'), version: z.string() });

/** What the console and the command line need before anyone has signed in. */
export const consoleConfigSchema = z.object({
  name: z.string(),
  /** Of the console's frame, such as `#1f6feb`. */
  colour: z.string(),
  signIn: z.object({
    issuer: z.string(),
    /** Whether `POST /local/token` makes tokens, for any user: only in local mode. */
    local: z.boolean(),
    cliClientId: z.string().optional(),
    consoleClientId: z.string().optional(),
  }),
});

/** Each reply names its fields: a new field of a record stays private until it is named here. */
export const jobReplySchema = jobSchema
  .pick({
    jobId: true,
    name: true,
    status: true,
    batchGroup: true,
    priority: true,
    system: true,
    createdBy: true,
    createdByName: true,
    createdAt: true,
    startedAt: true,
    endedAt: true,
    taskTotal: true,
    abortId: true,
    run: true,
    startAt: true,
  })
  .extend({
    cancel: cancelSchema.pick({ requestedBy: true, requestedByName: true, requestedAt: true, reason: true }).optional(),
    requeue: requeueSchema
      .pick({ requestedBy: true, requestedByName: true, requestedAt: true, scope: true })
      .optional(),
    /** While tasks are being written: how many exist of how many, and until when the next step of that is due. */
    writing: z.object({ written: z.int().optional(), total: z.int(), until: z.string() }).optional(),
    /** When the records of the job, its tasks and its events may be deleted. */
    expiresAt: z.string().optional(),
    taskCounts: z.record(z.enum(TASK_STATUSES), z.int().min(0)),
    /** When the tasks were counted. The effect of a cancel shows at once all the same. */
    taskCountsAt: z.string(),
    /** What the caller may do to it now. */
    actions: jobActionsSchema,
  });

export const taskReplySchema = taskSchema
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
    dependents: true,
    run: true,
    createdAt: true,
    endedAt: true,
    attempt: true,
    failures: true,
    losses: true,
    attempts: true,
    serverId: true,
    startedAt: true,
    waitingFor: true,
    cause: true,
    abortId: true,
  })
  .extend({ input: z.unknown(), result: z.unknown().optional() });

/** Each type of event has more facts of its own. */
export const eventReplySchema = z.looseObject({
  at: z.string(),
  type: z.string(),
  by: z.string().optional(),
  byName: z.string().optional(),
});

const stoppedRun = { jobId: true, taskId: true, serverId: true, attempt: true, endedAt: true } as const;

export const abortReplySchema = abortSchema
  .pick({
    abortId: true,
    jobId: true,
    run: true,
    mode: true,
    status: true,
    requestedBy: true,
    requestedByName: true,
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
      abortedTaskSchema.pick(stoppedRun).extend({
        outcome: z.string(),
        waitingFor: z.string().optional(),
        /** What to do about that wait. */
        doNext: z.string().optional(),
      }),
    ),
    bystanders: z.array(bystanderSchema.pick({ ...stoppedRun, fate: true }).extend({ outcome: z.string() })),
    timeline: z.array(z.looseObject({ at: z.string(), type: z.string() })),
    /** What the caller may do to it now. */
    actions: abortActionsSchema,
  });

export const serverReplySchema = serverSchema
  .pick({
    serverId: true,
    containerArn: true,
    status: true,
    batchGroups: true,
    slots: true,
    handlers: true,
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
    stopCode: true,
    stopReason: true,
    settledAt: true,
    protectionRefusedSince: true,
    rollout: true,
  })
  .extend({
    drain: z.object({ deadline: z.string(), aborts: z.array(z.string()) }).optional(),
    /** Of a live server: from then on it is silent, and may be declared lost, unless it sends another heartbeat. */
    leaseUntil: z.string().optional(),
    /** Of a server without a lease: its last heartbeat. */
    silentSince: z.string().optional(),
    running: z.array(taskSchema.pick({ jobId: true, taskId: true, status: true, startedAt: true })),
  });

export const planReplySchema = planSchema.pick({
  planId: true,
  jobId: true,
  mode: true,
  drainSeconds: true,
  tasks: true,
  servers: true,
  disruptedJobs: true,
  warnings: true,
});
const change = { changedBy: true, changedByName: true, changedAt: true } as const;
/** What the caller may do to it now. */
const changeable = { actions: settingActionsSchema } as const;
export const featureReplySchema = featureSchema.pick({ name: true, enabled: true, ...change }).extend(changeable);
export const groupReplySchema = groupSchema
  .pick({ batchGroup: true, defaultPriority: true, ...change })
  .extend(changeable);

const handlerReplySchema = z.object({
  name: z.string(),
  /** How many live servers have it. */
  servers: z.int(),
  /** 9 of 10 attempts that finished took at most this long; absent if too few have. */
  likelySeconds: z.number().optional(),
});
const waitingReplySchema = waitingSchema.pick({
  for: true,
  of: true,
  dependencies: true,
  since: true,
  until: true,
  tasks: true,
  taskIds: true,
  takenBy: true,
  doNext: true,
  verb: true,
});

/** A refusal as in RFC 9457; each code has more members of its own. */
export const problemReplySchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum([...Object.keys(ERROR_STATUS), 'Internal']),
  /** With the code PlanChanged: the plan as it is now. */
  plan: planReplySchema.optional(),
});

/** The reply schemas by their names in the API's description. */
export const SHAPES = {
  Health: healthReplySchema,
  ConsoleConfig: consoleConfigSchema,
  Job: jobReplySchema,
  DryRun: dryRunSchema,
  Task: taskReplySchema,
  JobEvent: eventReplySchema,
  /** A change of the system itself, of a feature say, has no job. */
  Event: eventReplySchema.extend({ jobId: z.string().optional() }),
  Plan: planReplySchema,
  Abort: abortReplySchema,
  Server: serverReplySchema,
  Feature: featureReplySchema,
  Group: groupReplySchema,
  Handler: handlerReplySchema,
  Waiting: waitingReplySchema,
  Problem: problemReplySchema,
} as const satisfies Record<string, z.ZodType>;
/** The name of a reply schema in the API's description. */
export type Shape = keyof typeof SHAPES;
