/** I4 to I6 for aborts: what they stopped, which jobs they disrupted, and that their servers claimed nothing more. */

import { nameOf } from '#test/support/witness/runs';
import type { Evidence } from './evidence.ts';
import type { Abort, Task } from './records.ts';

type Attempt = Task['attempts'][number];

/** Checks the record of an abort against all tasks' attempts. */
export function checkAbort(evidence: Evidence, abort: Abort): void {
  const { trail } = evidence;
  const { abortId, mode, status, servers, tasks, bystanders } = abort;
  for (const { outcome, ...task } of [...tasks, ...bystanders])
    if (!outcome) trail.violate('A task of an abort has no outcome', { abortId, task });
  for (const server of servers) {
    const isOver = server.settledAt ?? server.withdrawnAt;
    if (!isOver) trail.violate('A server of an ended abort is neither settled nor resumed', { abort, server });
    if (server.settledAt && !server.stoppedAt) trail.violate('A server was settled without a proof of stop', { abort });
  }
  if (status === 'Completed' && servers.some(({ withdrawnAt }) => withdrawnAt))
    trail.violate('A completed abort has given a server back', { abort });
  if (mode === 'task' && servers.length > 0) trail.violate('A task abort has servers', { abort });
  checkNamed(evidence, abort);
  checkOutcomes(evidence, abort);
  if (mode === 'server') checkDrained(evidence, abort);
}

/** I5: each task that an abort stopped stands in the abort's record, with the outcome of the task's own record. */
function checkNamed({ trail, tasks }: Evidence, abort: Abort): void {
  const restarted = restartedBy(abort);
  for (const task of tasks) {
    for (const attempt of task.attempts) {
      const isStopped = attempt.cause === 'ServerRestart' && restarted.has(attempt.serverId);
      if (!isStopped && attempt.abortId !== abort.abortId) continue;
      const found = [...abort.tasks, ...abort.bystanders].some((named) => nameOf(named) === nameOf(task));
      trail.violate('An abort stopped a run that its record does not name (I5)', { abort, task, attempt }, !found);
    }
  }
}

/** The outcomes in the record of a Completed abort equal those of the attempts. */
function checkOutcomes({ trail, tasks }: Evidence, abort: Abort): void {
  if (abort.status !== 'Completed') return;
  const notStopped = abort.tasks.filter(({ outcome }) => outcome === 'NotStopped');
  trail.violate('A completed abort has not stopped its tasks', { abort, notStopped }, notStopped.length > 0);
  for (const bystander of abort.bystanders) {
    const task = tasks.find((each) => nameOf(each) === nameOf(bystander));
    const { attempt: number, serverId, outcome } = bystander;
    const attempt = task?.attempts.find((each) => each.attempt === number && each.serverId === serverId);
    const told = attempt?.outcome === 'Interrupted' && task?.restartable ? 'Restarted' : attempt?.outcome;
    const facts = { abort, bystander, task, told };
    trail.violate('Two records show different outcomes of a bystander', facts, (told ?? 'Superseded') !== outcome);
  }
}

/** I4: from the answer on, a server that was restarted for the abort has claimed nothing that ran. */
function checkDrained({ trail, tasks, hasRun }: Evidence, abort: Abort): void {
  const [accepted] = trail.accepted('abort').filter(({ id }) => id === abort.abortId);
  const restarted = restartedBy(abort);
  if (!accepted) return;
  const isLate = ({ serverId, startedAt }: Attempt) =>
    restarted.has(serverId) && Date.parse(startedAt) > accepted.answeredMs;
  for (const task of tasks) {
    for (const attempt of task.attempts)
      if (isLate(attempt) && hasRun(task, attempt.attempt))
        trail.violate('A server took on work while it drained (I4)', { abort, task, attempt });
  }
}

function restartedBy({ servers }: Abort): Set<string> {
  return new Set(servers.filter(({ settledAt }) => settledAt).map(({ serverId }) => serverId));
}

/** While an abort of a job is open, a second request returns that same abort. */
export function checkJoined({ trail }: Evidence, aborts: readonly Abort[]): void {
  for (const [jobId, own] of Map.groupBy(aborts, ({ jobId, run }) => `${jobId}#${run}`)) {
    const sorted = own.toSorted((one, other) => (one.requestedAt < other.requestedAt ? -1 : 1));
    for (const [index, abort] of sorted.entries()) {
      const before = sorted[index - 1];
      if (before && (before.endedAt ?? '~') > abort.requestedAt)
        trail.violate('Two aborts of a job were under way at once', { jobId, before, abort });
    }
  }
}
