/** The settlement of a stopped server: its tasks end or become ready again. Its record is the fence, written before. */
import { ServerNotStopped } from '#domain/errors';
import { STOPPED_SERVER_KEPT_SECONDS } from '#domain/limits';
import { attemptRef, readAttemptRef, type Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { settleHeld, tellSettled, type Why } from '#engine/tasks/settle-task';
import { doubtCounts } from '#store/counts/tallies';
import { expiryOf } from '#store/expiry';
import { eachInParallel } from '#store/in-parallel';
import { findJob } from '#store/jobs';
import { findServer, noteEndings, noteSettled } from '#store/servers';
import { heldTasks, readTasks } from '#store/tasks';

const TASKS_AT_ONCE = 8;
/** ECS's code of a container that has ended by itself. */
const DIED = 'EssentialContainerExited';

/**
 * Settles what a server held, once its stop is proven. Repeating it completes what was cut off.
 * @throws ServerNotStopped if the stop is not proven
 * @throws Contended like `afterAttempt`
 */
export async function settleServer(server: Server): Promise<void> {
  if (server.status !== 'Stopped') throw new ServerNotStopped(server.serverId, server.status);
  const endings = await settleAll(server);
  await noteSettled(server.serverId, 'settledAt', { endings });
}

/**
 * Settles a claim that was in flight when the server stopped and has landed since. 1.5 RCU if there is none.
 * @throws Contended like `afterAttempt`
 */
export async function settleLate(server: Server): Promise<void> {
  await settleAll(server);
}

/**
 * The last settlement, when no claim can land any more.
 * @throws Contended like `afterAttempt`
 */
export async function closeServer(server: Server): Promise<void> {
  const endings = await settleAll(server);
  await noteSettled(server.serverId, 'closedAt', { endings, set: shorterLife(server) });
}

/**
 * The index of held tasks may lag, and a claim in flight may land later, so this repeats until it finds nothing. Then
 * it follows the endings of parties that died before they told them. Returns all endings whose events are told.
 */
async function settleAll(server: Server): Promise<ReadonlySet<string>> {
  const { serverId } = server;
  const why = whyOf(server);
  const settled = new Set<string>();
  for (let held = await heldTasks(serverId); held.length > 0; held = await heldTasks(serverId)) {
    await noteEndings(serverId, held);
    // A fault ends the loop, but only after all these tasks had their turn.
    await eachInParallel(held, TASKS_AT_ONCE, async (task) =>
      follow(task, (await settleHeld(task, why)) === 'restart'),
    );
    for (const task of held) {
      settled.add(attemptRef(task));
      // The server may have died before it had counted its last moves.
      if (server.exitCode !== 0) doubtCounts(task.jobId, task.run);
    }
  }
  // Read last: another party may have moved a task since this one began.
  const endings = new Set((await findServer(serverId))?.endings);
  await eachInParallel([...endings.difference(settled)], TASKS_AT_ONCE, followEnding);
  return endings;
}

/** Tells the event of an attempt whose settlement was cut off, and does what follows its end. */
async function followEnding(ref: string): Promise<void> {
  const { attempt, ...key } = readAttemptRef(ref);
  const [task] = await readTasks([key]);
  if (!task) return;
  const fate = await tellSettled(task, attempt);
  await follow(task, fate === 'restart');
}

async function follow(task: Task, isReady: boolean): Promise<void> {
  const job = await findJob(task.jobId);
  if (job) await afterAttempt({ job, task, isReady, abortId: job.abortId });
}

function whyOf(server: Server): Why {
  const { abortId, exitCode, stopReason: reason } = server;
  if (abortId !== undefined) return { cause: 'ServerRestart', abortId, reason };
  if (exitCode === 0) return { cause: 'ServerStopped', reason };
  return { cause: 'ServerLost', isSuspect: diedByItself(server), reason };
}

/** Not if ECS or a person ended it: a lost machine, an interruption, a stop that took too long. */
function diedByItself({ lostAt, stopCode = DIED }: Server): boolean {
  return lostAt !== undefined || stopCode === DIED;
}

/**
 * A server that an abort restarted keeps its record as a proof for as long as the abort; others are not needed for
 * months.
 */
function shorterLife({ abortId, stoppedAt }: Server): { expiresAt?: number } {
  if (abortId !== undefined || stoppedAt === undefined) return {};
  return {
    expiresAt: Math.min(expiryOf(stoppedAt), Math.ceil(Date.parse(stoppedAt) / 1000) + STOPPED_SERVER_KEPT_SECONDS),
  };
}
