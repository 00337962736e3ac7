import { RECOVERY_POLL_MS, RECOVERY_WAIT_MS } from '#local/aws/ecs/limits';
import { shortTaskId } from '#local/aws/ecs/names';
import type { ContainerTasks } from '#local/aws/ecs/tasks';
import { killProcessesOf, signalGroup, startIdentity } from '#processes/process-identity';
import { type ContainerTask, withContainer } from './container-task.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { wait } from './wait.ts';

type RecoveryOptions = {
  readonly journal: Journal;
  readonly tasks: ContainerTasks;
  readonly log: (line: string) => void;
  /** Ends the wait for processes that do not go away; the journal still has them then. */
  readonly signal: AbortSignal;
};

const HOST_LOST = 'The host of the container was lost';
const EXIT_CODE_KILLED = 137;

/**
 * Kills what a lost host left running, and reports each of its container tasks STOPPED once all of it is gone.
 * Resolves within RECOVERY_WAIT_MS; what needs longer (a process stuck in the kernel) is reported when it is gone.
 */
export async function recoverContainers(options: RecoveryOptions): Promise<void> {
  const recoveries = options.journal.load().map((entry) => recover(entry, options));
  const limit = new AbortController();
  await Promise.race([Promise.all(recoveries), wait(RECOVERY_WAIT_MS, limit.signal)]);
  limit.abort();
}

async function recover(entry: JournalEntry, { tasks, log, signal }: RecoveryOptions): Promise<void> {
  const { task } = entry;
  if (task.lastStatus === 'STOPPED') {
    // Only its event had not been delivered yet.
    tasks.add(task);
    return;
  }
  log(`ecs: task ${shortTaskId(task.taskArn)} is left from a lost host`);
  let hasKilled = kill(entry);
  tasks.add(lostTask(task, hasKilled));
  while (hasKilled && !signal.aborted) {
    await wait(RECOVERY_POLL_MS, signal);
    hasKilled = kill(entry);
  }
  if (!hasKilled) tasks.change(task.taskArn, { lastStatus: 'STOPPED', stoppedAt: new Date().toISOString() });
}

/** Sends SIGKILL to all that lives of a container; false when nothing does. */
function kill({ process, endpointId }: JournalEntry): boolean {
  const isLeaderAlive = process !== undefined && startIdentity(process.pid) === process.startIdentity;
  if (isLeaderAlive) signalGroup(process.pid, 'SIGKILL');
  return killProcessesOf(endpointId) > 0 || isLeaderAlive;
}

function lostTask(task: ContainerTask, wasKilled: boolean): ContainerTask {
  const now = new Date().toISOString();
  // The exit code of a container that ended by itself meanwhile went to the lost host, unless it ended before.
  const exitCode = task.containers[0]?.exitCode ?? (wasKilled ? EXIT_CODE_KILLED : undefined);
  return {
    ...task,
    lastStatus: 'DEPROVISIONING',
    desiredStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: HOST_LOST,
    stoppingAt: task.stoppingAt ?? now,
    executionStoppedAt: task.executionStoppedAt ?? now,
    containers: withContainer(task.containers, { lastStatus: 'STOPPED', exitCode, reason: HOST_LOST }),
    version: task.version + 1,
  };
}
