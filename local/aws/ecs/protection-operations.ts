import { z } from 'zod';
import { type ContainerTask, epochSeconds } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { type Operations, operation } from '#local/aws/wire/aws-json';
import {
  DEFAULT_PROTECTION_MINUTES,
  MAX_DESCRIBED_TASKS,
  MAX_PROTECTED_TASKS,
  MAX_PROTECTION_MINUTES,
} from './limits.ts';
import { findAll } from './references.ts';
import type { ContainerTasks } from './tasks.ts';

/** How long a protection lasts without renewal. */
export const protectionMinutesSchema = z.int().min(1).max(MAX_PROTECTION_MINUTES).default(DEFAULT_PROTECTION_MINUTES);

const getTaskProtectionSchema = z.strictObject({
  cluster: z.string(),
  tasks: z.array(z.string()).min(1, 'Tasks cannot be empty.').max(MAX_DESCRIBED_TASKS),
});
const updateTaskProtectionSchema = z.strictObject({
  cluster: z.string(),
  tasks: z.array(z.string()).min(1, 'Tasks cannot be empty.').max(MAX_PROTECTED_TASKS),
  protectionEnabled: z.boolean(),
  expiresInMinutes: protectionMinutesSchema,
});

type ProtectionContext = {
  readonly tasks: ContainerTasks;
  readonly supervisor: Supervisor;
};

/** The operations on scale-in protection. */
export function protectionOperations({ tasks, supervisor }: ProtectionContext): Operations {
  const { protections } = supervisor;
  const answer = (input: { cluster: string; tasks: string[] }, act: (taskArn: string) => boolean) => {
    tasks.names.requireCluster(input.cluster);
    const { found, failures } = findAll(tasks, input.tasks);
    const reasons = found.map((task) => ({ task, reason: refusalOf(task, act) }));
    const refused = reasons.flatMap(({ task, reason }) => (reason ? [{ arn: task.taskArn, reason }] : []));
    const done = reasons.flatMap(({ task, reason }) => (reason ? [] : [task]));
    return { protectedTasks: done.map(wireProtection), failures: [...failures, ...refused] };
  };
  const wireProtection = ({ taskArn }: ContainerTask) => {
    const { enabled, expiresAt } = protections.get(taskArn);
    return { taskArn, protectionEnabled: enabled, expirationDate: epochSeconds(expiresAt) };
  };
  return {
    GetTaskProtection: operation(getTaskProtectionSchema, (input) => answer(input, () => true)),
    UpdateTaskProtection: operation(updateTaskProtectionSchema, (input) =>
      answer(input, (taskArn) => {
        if (input.protectionEnabled) return supervisor.protect(taskArn, input.expiresInMinutes);
        protections.end(taskArn);
        return true;
      }),
    ),
  };
}

/** Source: Amazon ECS developer guide, "API failures messages", UpdateTaskProtection. */
function refusalOf({ desiredStatus, taskArn }: ContainerTask, act: (taskArn: string) => boolean): string | undefined {
  if (desiredStatus === 'STOPPED') return 'TASK_NOT_VALID';
  return act(taskArn) ? undefined : 'DEPLOYMENT_BLOCKED';
}
