import { RECOVERY_POLL_MS, RECOVERY_WAIT_MS } from '#local/aws/ecs/limits';
import { shortTaskId } from '#local/aws/ecs/names';
import type { ContainerTasks } from '#local/aws/ecs/tasks';
import { pause, within } from '#processes/pause';
import { killProcessesOf, signalGroup, startIdentity } from '#processes/process-identity';
import { type ContainerTask, withContainer } from './container-task.ts';
import type { Journal, JournalEntry } from './journal.ts';

type RecoveryOptions = {
  readonly journal: Journal;
  readonly tasks: ContainerTasks;
  readonly log: (line: string) => void;
  /** Stops waiting for processes that do not end. They stay in the journal. */
  readonly signal: AbortSignal;
};

const HOST_LOST = 'The host of the container was lost';
const EXIT_CODE_KILLED = 137;

/**
 * Kills the containers that a lost host left running, and reports each container task STOPPED when its processes are
 * gone. Returns within RECOVERY_WAIT_MS; a process that needs longer (stuck in the kernel) is reported when it is gone.
 * @throws Error when the journal cannot be used
 */
export async function recoverContainers(options: RecoveryOptions): Promise<void> {
  const recoveries = options.journal.load().map((entry) => recover(entry, options));
  await within(Promise.all(recoveries), RECOVERY_WAIT_MS);
}

async function recover(entry: JournalEntry, { tasks, log, signal }: RecoveryOptions): Promise<void> {
  const { task } = entry;
  if (task.lastStatus === 'STOPPED') {
    // Only its event is still to be delivered.
    tasks.add(task);
    return;
  }
  log(`ecs: task ${shortTaskId(task.taskArn)} was left by a lost host`);
  // No limit but the signal: a task must not be reported STOPPED while one of its processes lives.
  let hasKilled = kill(entry);
  tasks.add(lostTask(task, hasKilled));
  while (hasKilled && !signal.aborted) {
    await pause(RECOVERY_POLL_MS, signal);
    hasKilled = kill(entry);
  }
  if (!hasKilled) tasks.change(task.taskArn, { lastStatus: 'STOPPED', stoppedAt: new Date().toISOString() });
}

/** Sends SIGKILL to every process of a container. Returns false when none lives. */
function kill({ process, endpointId }: JournalEntry): boolean {
  const isLeaderAlive = process !== undefined && startIdentity(process.pid) === process.startIdentity;
  if (isLeaderAlive) signalGroup(process.pid, 'SIGKILL');
  return killProcessesOf(endpointId) > 0 || isLeaderAlive;
}

function lostTask(task: ContainerTask, wasKilled: boolean): ContainerTask {
  const now = new Date().toISOString();
  // Without a record the exit code is lost with the host, unless the container was killed here.
  const exitCode = task.containers[0]?.exitCode ?? (wasKilled ? EXIT_CODE_KILLED : undefined);
  return {
    ...task,
    lastStatus: 'DEPROVISIONING',
    desiredStatus: 'STOPPED',
    stopCode: 'TerminationNotice',
    stoppedReason: HOST_LOST,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: task.executionStoppedAt ?? now,
    containers: withContainer(task.containers, { lastStatus: 'STOPPED', exitCode, reason: HOST_LOST }),
    version: task.version + 1,
  };
}
