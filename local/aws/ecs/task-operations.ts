import { z } from 'zod';
import { wireTask } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { AwsError, type Operations, operation } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { MAX_DESCRIBED_TASKS, MAX_REASON_CHARACTERS } from './limits.ts';
import { cluster, findAll, include, pageFields, requireCluster, requireService } from './references.ts';
import type { ContainerTasks } from './tasks.ts';

const listTasks = z.strictObject({
  cluster,
  serviceName: z.string().optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  ...pageFields,
});
const describeTasks = z.strictObject({
  cluster,
  tasks: z.array(z.string()).min(1, 'Tasks cannot be empty.').max(MAX_DESCRIBED_TASKS),
  include,
});
const stopTask = z.strictObject({
  cluster,
  task: z.string(),
  reason: z.string().max(MAX_REASON_CHARACTERS).default('Task stopped by user'),
});

/** The operations on container tasks. */
export function taskOperations({ tasks, supervisor }: { tasks: ContainerTasks; supervisor: Supervisor }): Operations {
  return {
    ListTasks: operation(listTasks, (input) => {
      requireCluster(input.cluster);
      if (input.serviceName !== undefined) requireService(input.serviceName);
      const listed = tasks.list().filter((task) => task.desiredStatus === input.desiredStatus);
      const { items, nextToken } = pageOf(listed, ({ taskArn }) => taskArn, input);
      return { taskArns: items.map(({ taskArn }) => taskArn), nextToken };
    }),
    DescribeTasks: operation(describeTasks, (input) => {
      requireCluster(input.cluster);
      const { found, failures } = findAll(tasks, input.tasks);
      return { tasks: found.map(wireTask), failures };
    }),
    StopTask: operation(stopTask, (input) => {
      requireCluster(input.cluster);
      const find = () => tasks.find(input.task);
      const task = find();
      if (task === undefined) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
      supervisor.stop(task.taskArn, { stopCode: 'UserInitiated', stoppedReason: input.reason });
      return { task: wireTask(find() ?? task) };
    }),
  };
}
