import type { TaskDefinitions } from '#local/aws/ecs/deployments/task-definitions';
import type { Manners } from '#local/aws/ecs/manners';
import { shortTaskId } from '#local/aws/ecs/names';
import type { ContainerTasks } from '#local/aws/ecs/tasks';
import { type Container, startContainer } from './container.ts';
import type { Journal } from './journal.ts';

/** What every container of the service is started with. */
export type LiveContainerOptions = {
  readonly command: readonly string[];
  /** Of every container; `endpointsOf` adds the container's own variables. */
  readonly environment: Record<string, string>;
  readonly endpointsOf: (endpointId: string) => Record<string, string>;
  readonly stopTimeoutSeconds: number;
  readonly tasks: ContainerTasks;
  readonly journal: Journal;
  readonly definitions: TaskDefinitions;
  /** Without them, a container starts at once. */
  readonly manners?: Manners | undefined;
  readonly onRunning: () => void;
  readonly log: (line: string) => void;
};

type Which = { readonly revision: number; readonly taskArn: string; readonly endpointId: string };

/** Starts the program of a revision of the task definition, with the variables of the service and its own. */
export function startRevision(options: LiveContainerOptions, { revision, taskArn, endpointId }: Which): Container {
  const { endpointsOf, log, definitions } = options;
  const { command = options.command, environment } = definitions.find(revision) ?? { environment: {} };
  const prefix = shortTaskId(taskArn);
  return startContainer({
    command,
    environment: { ...options.environment, ...environment, ...endpointsOf(endpointId) },
    onLine: (line) => log(`${prefix} ${line}`),
  });
}
