import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Deployment } from '#local/aws/ecs/deployments/deployments';
import { type Names, REGION } from '#local/aws/ecs/names';

const timeSchema = z.iso.datetime();

/** Absent is UNKNOWN. */
const healthStatusSchema = z.enum(['HEALTHY', 'UNHEALTHY']);

const containerSchema = z.object({
  containerArn: z.string(),
  taskArn: z.string(),
  name: z.string(),
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']),
  exitCode: z.int().optional(),
  reason: z.string().optional(),
  healthStatus: healthStatusSchema.optional(),
});

/** In the order in which a task has them. Source: Amazon ECS developer guide, "Task lifecycle". */
const LAST_STATUSES = [
  'PROVISIONING',
  'PENDING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const;
const STOP_CODES = [
  'UserInitiated',
  'EssentialContainerExited',
  'ServiceSchedulerInitiated',
  'TaskFailedToStart',
  'SpotInterruption',
  'TerminationNotice',
] as const;

/** A container task with the field names of ECS and ISO-8601 UTC times, as in events and in the journal. */
export const containerTaskSchema = z.object({
  taskArn: z.string(),
  clusterArn: z.string(),
  taskDefinitionArn: z.string(),
  group: z.string(),
  startedBy: z.string(),
  launchType: z.literal('FARGATE'),
  availabilityZone: z.string(),
  lastStatus: z.enum(LAST_STATUSES),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']),
  healthStatus: healthStatusSchema.optional(),
  createdAt: timeSchema,
  startedAt: timeSchema.optional(),
  stoppingAt: timeSchema.optional(),
  executionStoppedAt: timeSchema.optional(),
  stoppedAt: timeSchema.optional(),
  stopCode: z.enum(STOP_CODES).optional(),
  stoppedReason: z.string().optional(),
  containers: z.array(containerSchema),
  version: z.int(),
});
/** A container task as events, the journal and DescribeTasks know it. */
export type ContainerTask = z.infer<typeof containerTaskSchema>;
type ContainerFields = Partial<z.infer<typeof containerSchema>>;
/** Why a container task stops. */
export type StopCause = {
  readonly stopCode: NonNullable<ContainerTask['stopCode']>;
  readonly stoppedReason: string;
};

/** A new container task of a deployment that is about to start. */
export function newContainerTask(names: Names, { id, revision }: Pick<Deployment, 'id' | 'revision'>): ContainerTask {
  const taskId = randomBytes(16).toString('hex');
  const taskArn = names.taskArnOf(taskId);
  return {
    taskArn,
    clusterArn: names.clusterArn,
    taskDefinitionArn: names.taskDefinitionArnOf(revision),
    group: `service:${names.service}`,
    startedBy: id,
    launchType: 'FARGATE',
    availabilityZone: `${REGION}a`,
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
    createdAt: new Date().toISOString(),
    containers: [
      {
        containerArn: names.containerArnOf(taskId, randomUUID()),
        taskArn,
        name: names.container,
        lastStatus: 'PENDING',
      },
    ],
    version: 1,
  };
}

/** The task's one container with some fields replaced. */
export function withContainer(containers: ContainerTask['containers'], fields: ContainerFields): typeof containers {
  return containers.map((container) => ({ ...container, ...fields }));
}

/** The fields of a task whose main process has just ended. A cause that the task already has stays. */
export function endedFields(task: ContainerTask, cause: StopCause, container: ContainerFields): Partial<ContainerTask> {
  const now = new Date().toISOString();
  return {
    lastStatus: 'DEPROVISIONING',
    desiredStatus: 'STOPPED',
    stopCode: task.stopCode ?? cause.stopCode,
    stoppedReason: task.stoppedReason ?? cause.stoppedReason,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: now,
    containers: withContainer(task.containers, { ...container, lastStatus: 'STOPPED' }),
  };
}

/** The task as DescribeTasks returns it: times are epoch seconds, as in AWS JSON 1.1. */
export function wireTask(task: ContainerTask): object {
  const { createdAt, startedAt, stoppingAt, executionStoppedAt, stoppedAt, ...rest } = task;
  return {
    healthStatus: 'UNKNOWN',
    ...rest,
    containers: task.containers.map((container) => ({ healthStatus: 'UNKNOWN', ...container })),
    createdAt: epochSeconds(createdAt),
    startedAt: epochSeconds(startedAt),
    stoppingAt: epochSeconds(stoppingAt),
    executionStoppedAt: epochSeconds(executionStoppedAt),
    stoppedAt: epochSeconds(stoppedAt),
    attachments: [],
    attributes: [],
    overrides: { containerOverrides: [] },
    tags: [],
  };
}

/** A time as AWS JSON 1.1 writes it; undefined stays undefined. */
export function epochSeconds(isoTime: string | undefined): number | undefined {
  return isoTime === undefined ? undefined : Date.parse(isoTime) / 1000;
}
