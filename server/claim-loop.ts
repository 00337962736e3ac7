/** The claim loop: finds Ready tasks for the free slots, claims them, and starts those that may run. */
import type { Job } from '#domain/jobs/job';
import type { Server } from '#domain/servers/server';
import { isCancelled, mayRun } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { afterClaim } from '#engine/after';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { dropClaim, undoClaim } from '#engine/tasks/undo-claim';
import { inParallel } from '#store/in-parallel';
import { heldTasks } from '#store/tasks';
import type { Candidates } from './candidates.ts';
import { log } from './log.ts';
import type { Runs } from './runs.ts';
import type { Signal } from './signal.ts';

const FIRST_IDLE_MS = 25;
const MAX_IDLE_MS = 1_000;
/** How long after a fault the index of held tasks is looked at again: longer than a request is tried, for the index may lag behind. */
const RECOVERY_MS = 90_000;

type ClaimLoop = {
  readonly serverId: string;
  /** What was read of a job is good for a start only so long: a cancel that came after it is heard with the next beats. */
  readonly heartbeatMs: number;
  readonly candidates: Candidates;
  readonly runs: Runs;
  /** So many of the slots are for jobs with ReservedCapacity only. */
  readonly reservedSlots: number;
  freeSlots(): number;
  /** Whether the server may start tasks right now: not draining or stopping, and its lease holds. */
  mayStart(): boolean;
  /** Set when a slot has become free or the server may start again. */
  readonly wake: Signal;
  readonly ended: () => boolean;
  /** Until when claims of which nothing is known may come to light. */
  readonly recovery: { untilMs: number };
};

/** Runs until the server ends. Idle, it looks again after a while that doubles up to a second; a free slot wakes it. */
export async function runClaimLoop(loop: ClaimLoop): Promise<void> {
  let idleMs = FIRST_IDLE_MS;
  while (!loop.ended()) {
    const started = await recoverAndClaim(loop);
    idleMs = started > 0 ? FIRST_IDLE_MS : Math.min(MAX_IDLE_MS, idleMs * 2);
    // Whoever has started something looks again at once: there may be more.
    if (started === 0) await loop.wake.wait(idleMs);
  }
}

async function claimSome(loop: ClaimLoop, wanted: number): Promise<number> {
  // Reserved slots that nobody uses yet are not for other work.
  const open = wanted - Math.max(0, loop.reservedSlots - loop.runs.countReserved());
  const keys = await loop.candidates.find(open > 0 ? open : wanted, open <= 0);
  const now = new Date().toISOString();
  const claims = await Promise.all(keys.map((key) => claimTask(key, { serverId: loop.serverId, now })));
  const claimed = claims.filter((task) => task !== undefined);
  if (claimed.length === 0) return 0;
  const readMs = Date.now();
  const { server, jobs } = await readForStart(loop.serverId, claimed);
  // From here to the start of the handlers there is no I/O: what was read is what they start by.
  const fresh = Date.now() - readMs < loop.heartbeatMs;
  const verdicts = claimed.map((task) => ({
    task,
    verdict: fresh ? verdictOn(jobs.get(task.jobId), server, loop) : 'undo',
  }));
  const starting = verdicts.filter(({ verdict }) => verdict === 'start');
  for (const { task } of starting) startTask(task, jobs.get(task.jobId), loop);
  await giveBack(verdicts.filter(({ verdict }) => verdict !== 'start'));
  return starting.length;
}

function startTask(task: Task, job: Job | undefined, loop: ClaimLoop): void {
  if (job) loop.runs.start(task, job);
}

function verdictOn(job: Job | undefined, server: Server | undefined, loop: ClaimLoop): 'start' | 'undo' | 'drop' {
  if (isCancelled(job?.status)) return 'drop';
  // While a job is being requeued what its tasks depend on may still be of the run before.
  const jobIsOpen = job !== undefined && mayRun(job.status) && job.requeue === undefined;
  return jobIsOpen && server?.status === 'Active' && loop.mayStart() ? 'start' : 'undo';
}

async function giveBack(refused: readonly { task: Task; verdict: string }[]): Promise<void> {
  await inParallel(refused, refused.length, async ({ task, verdict }) => {
    if (verdict === 'drop') await dropClaim(task, new Date().toISOString());
    await afterClaim(task, verdict === 'undo' && (await undoClaim(task)));
  });
}

/**
 * After a fault it is not known what was claimed: what the server holds without running it is given back, before anything else, and also when
 * no slot is free: it may be long before one is.
 */
async function recoverAndClaim(loop: ClaimLoop): Promise<number> {
  try {
    if (Date.now() < loop.recovery.untilMs) await giveBackUnstarted(loop);
    const free = loop.mayStart() ? loop.freeSlots() : 0;
    return free === 0 ? 0 : await claimSome(loop, free);
  } catch (error) {
    log('Claiming failed; it is tried again.', { error });
    loop.recovery.untilMs = Date.now() + RECOVERY_MS;
    return 0;
  }
}

async function giveBackUnstarted(loop: ClaimLoop): Promise<void> {
  const held = await heldTasks(loop.serverId);
  const unstarted = held.filter((task) => task.claimId !== undefined && !loop.runs.has(task.claimId));
  await giveBack(unstarted.map((task) => ({ task, verdict: 'undo' })));
}
