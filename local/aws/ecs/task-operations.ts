import { z } from 'zod';
import { wireTask } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { AwsError, type Operations, operation } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import type { Manners } from './aws-manners.ts';
import { MAX_DESCRIBED_TASKS, MAX_REASON_CHARACTERS } from './limits.ts';
import { clusterSchema, findAll, includeSchema, pageFields } from './references.ts';
import type { ContainerTasks } from './tasks.ts';

const listTasksSchema = z.strictObject({
  cluster: clusterSchema,
  serviceName: z.string().optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  ...pageFields,
});
const describeTasksSchema = z.strictObject({
  cluster: clusterSchema,
  tasks: z.array(z.string()).min(1, 'Tasks cannot be empty.').max(MAX_DESCRIBED_TASKS),
  include: includeSchema,
});
const stopTaskSchema = z.strictObject({
  cluster: clusterSchema,
  task: z.string(),
  reason: z.string().max(MAX_REASON_CHARACTERS).default('Task stopped by user'),
});

type TaskContext = {
  readonly tasks: ContainerTasks;
  readonly supervisor: Supervisor;
  readonly manners?: Manners | undefined;
};

/** The operations on container tasks. They throw AwsError for unknown clusters, services and tasks. */
export function taskOperations({ tasks, supervisor, manners }: TaskContext): Operations {
  const { names } = tasks;
  return {
    ListTasks: operation(listTasksSchema, (input) => {
      names.requireCluster(input.cluster);
      if (input.serviceName !== undefined) names.requireService(input.serviceName);
      const listed = tasks.list().filter((task) => task.desiredStatus === input.desiredStatus);
      const { items, nextToken } = pageOf(listed, ({ taskArn }) => taskArn, input);
      return { taskArns: items.map(({ taskArn }) => taskArn), nextToken };
    }),
    DescribeTasks: operation(describeTasksSchema, (input) => {
      names.requireCluster(input.cluster);
      const { found, failures } = findAll(tasks, input.tasks);
      const isSeen = ({ createdAt }: { createdAt: string }) => !manners?.isUnseen(createdAt, Date.now());
      const unseen = found.filter((task) => !isSeen(task)).map(({ taskArn }) => ({ arn: taskArn, reason: 'MISSING' }));
      return { tasks: found.filter(isSeen).map(wireTask), failures: [...failures, ...unseen] };
    }),
    StopTask: operation(stopTaskSchema, (input) => {
      names.requireCluster(input.cluster);
      const find = () => tasks.find(input.task);
      const task = find();
      if (task === undefined) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
      supervisor.stop(task.taskArn, { stopCode: 'UserInitiated', stoppedReason: input.reason });
      return { task: wireTask(find() ?? task) };
    }),
  };
}
