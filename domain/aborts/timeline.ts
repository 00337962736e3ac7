/** The timeline of an abort. It is derived from the records, so no step can forget to write an entry. */
import { type Abort, type AbortedTask, isWithdrawn, type Restart } from './abort.ts';

type TimelineEntry = { readonly at: string; readonly type: string } & Readonly<Record<string, unknown>>;

/** All that is known of the abort and its servers, oldest first. */
export function timelineOf(
  abort: Abort,
  { restarts, tasks }: { restarts: readonly Restart[]; tasks: readonly AbortedTask[] },
): TimelineEntry[] {
  const entries = [
    entry(abort.requestedAt, 'Requested', { by: abort.requestedBy, byName: abort.requestedByName }),
    ...(isWithdrawn(restarts) ? withdrawEntries(abort) : []),
    ...restarts.flatMap(restartEntries),
    ...(abort.mode === 'task' ? tasks.flatMap(taskEntries) : []),
    entry(abort.endedAt, abort.status, abort.failure),
  ];
  return entries.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Who asked for the withdrawal. That it happened is the entry of the abort's end. */
function withdrawEntries({ withdraw }: Abort): TimelineEntry[] {
  return entry(withdraw?.at, 'WithdrawRequested', {
    by: withdraw?.by,
    byName: withdraw?.byName,
    reason: withdraw?.reason,
  });
}

/** Only for a task abort: a server abort has the settlement of its servers instead. */
function taskEntries({ taskId, serverId, outcome, endedAt }: AbortedTask): TimelineEntry[] {
  return entry(endedAt, 'TaskEnded', { taskId, serverId, outcome });
}

function restartEntries(restart: Restart): TimelineEntry[] {
  const { serverId, exitCode, replacedBy } = restart;
  return [
    entry(restart.drainingAt, 'Draining', { serverId }),
    entry(restart.drainedAt, 'Drained', { serverId }),
    entry(restart.deadlineReached ? restart.stopRequestedAt : undefined, 'DeadlineReached', { serverId }),
    entry(restart.stopRequestedAt, 'StopRequested', { serverId }),
    entry(restart.stoppedAt, 'ContainerStopped', { serverId, exitCode }),
    entry(restart.settledAt, 'Settled', { serverId }),
    entry(restart.replacedAt, 'ReplacementSeen', { serverId, replacedBy }),
    entry(restart.withdrawnAt, 'Resumed', { serverId }),
  ].flat();
}

function entry(at: string | undefined, type: string, facts: Readonly<Record<string, unknown>> = {}): TimelineEntry[] {
  return at === undefined ? [] : [{ at, type, ...facts }];
}
