import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manners } from '#local/aws/ecs/aws-manners';
import type { TaskDefinitions } from '#local/aws/ecs/deployments/task-definitions';
import { shortTaskId } from '#local/aws/ecs/names';
import type { ContainerTasks } from '#local/aws/ecs/tasks';
import { type Container, startContainer } from './container.ts';
import { type HealthCheck, type HealthStatus, watchHealth } from './health-check.ts';
import type { Journal } from './journal.ts';

/** What every container of the service is started with. */
export type LiveContainerOptions = {
  readonly command: readonly string[];
  /** Of every container; `endpointsOf` adds the container's own variables. */
  readonly environment: Record<string, string>;
  readonly endpointsOf: (endpointId: string) => Record<string, string>;
  /** Each container has its temporary directory there, as each has its own files on AWS. */
  readonly temporaryFolder?: string | undefined;
  /** Of revisions that name no other one. */
  readonly healthCheck?: HealthCheck | undefined;
  readonly stopTimeoutSeconds: number;
  readonly tasks: ContainerTasks;
  readonly journal: Journal;
  readonly definitions: TaskDefinitions;
  /** Without them, a container starts at once. */
  readonly manners?: Manners | undefined;
  /** Called when a container runs, and when its health changes. */
  readonly onStatus: (taskArn: string, status: 'RUNNING' | HealthStatus) => void;
  readonly log: (line: string) => void;
};

/** A revision of the task definition, and the task that runs it. */
export type Which = { readonly revision: number; readonly taskArn: string; readonly endpointId: string };

/** Starts the program of a revision of the task definition, with the variables of the service and its own. */
export function startRevision(options: LiveContainerOptions, which: Which): Container {
  const { log, definitions } = options;
  const prefix = shortTaskId(which.taskArn);
  const { TMPDIR } = temporaryDirectoryOf(options, which);
  if (TMPDIR !== undefined) mkdirSync(TMPDIR, { recursive: true });
  return startContainer({
    command: definitions.find(which.revision)?.command ?? options.command,
    environment: environmentOf(options, which),
    onLine: (line) => log(`${prefix} ${line}`),
  });
}

/** Removes what a container has left in its temporary directory. */
export async function removeTemporaryFiles(options: LiveContainerOptions, which: Which): Promise<void> {
  const { TMPDIR } = temporaryDirectoryOf(options, which);
  if (TMPDIR === undefined) return;
  const failed = (error: Error) => options.log(`ecs: ${TMPDIR} could not be removed: ${error.message}`);
  await rm(TMPDIR, { recursive: true, force: true }).catch(failed);
}

/** The health check of a revision, if it has one. */
export function healthCheckOf({ definitions, healthCheck }: LiveContainerOptions, { revision }: Which) {
  return definitions.find(revision)?.healthCheck ?? healthCheck;
}

/** Carries out the health check of a container of a revision, if it has one, until the signal. */
export function watchRevision(options: LiveContainerOptions, which: Which, signal: AbortSignal): void {
  const check = healthCheckOf(options, which);
  if (check === undefined) return;
  const secondMs = options.manners?.checkSecondMs ?? 1000;
  const onStatus = (status: HealthStatus) => options.onStatus(which.taskArn, status);
  void watchHealth(check, { environment: environmentOf(options, which), secondMs, signal, onStatus });
}

function environmentOf(options: LiveContainerOptions, which: Which): Record<string, string> {
  const { environment, endpointsOf, definitions } = options;
  return {
    ...environment,
    ...temporaryDirectoryOf(options, which),
    ...definitions.find(which.revision)?.environment,
    ...endpointsOf(which.endpointId),
  };
}

function temporaryDirectoryOf({ temporaryFolder }: LiveContainerOptions, { taskArn }: Which): { TMPDIR?: string } {
  return temporaryFolder === undefined ? {} : { TMPDIR: join(temporaryFolder, shortTaskId(taskArn)) };
}
