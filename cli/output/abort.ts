/** An abort as text: a line for each of its servers while it goes on, and the proof at its end. */
import type { Abort } from '#client/client';
import { waitWords } from '#domain/jobs/wait-words';
import { isFinalAbort } from '#domain/statuses';
import { pairsOf } from './table.ts';
import { leftUntil, secondsBetween } from './times.ts';

type Restart = Abort['servers'][number];

const MAX_TASKS_NAMED = 3;

/** How far each server, or each task of a task abort, has come: a line each. Without a countdown for a pipe. */
export function progressLines(abort: Abort, { countdown }: { readonly countdown: boolean }): string[] {
  const servers = abort.servers.map((server) => `server ${server.serverId}: ${serverText(server, abort, countdown)}`);
  if (abort.mode === 'server') return servers;
  return abort.tasks.map((task) => {
    return `task ${task.taskId} on ${task.serverId}: ${task.outcome}${waitText(task)}`;
  });
}

function waitText({ waitingFor, doNext = '' }: Abort['tasks'][number]): string {
  return waitingFor === undefined ? '' : `, waits for ${waitWords(waitingFor)}. ${doNext}`;
}

/** What happened, in six lines. */
export function proofText(abort: Abort): string {
  const { servers, requestedAt, endedAt, failure } = abort;
  const end = endedAt === undefined ? '' : `${endedAt}, ${secondsBetween(requestedAt, endedAt)} after the request`;
  const why = failure === undefined ? '' : ` (${failure.step}: ${failure.reason})`;
  return pairsOf([
    ['Requested', `${requestedAt} by ${abort.requestedByName ?? abort.requestedBy}: ${abort.reason}`],
    ['Drained', each(servers, drainText, 'no server drained')],
    ['Stopped', each(servers, stopText, 'no server was stopped')],
    ['Settled', settledText(abort)],
    ['Replaced', each(servers, replacementText, 'no replacement was seen')],
    ['Withdrawal', withdrawalText(abort)],
    [abort.status, `${end}${why}`],
  ]);
}

function withdrawalText({ withdraw }: Abort): string | undefined {
  if (withdraw === undefined) return undefined;
  const why = withdraw.reason === undefined ? '' : `: ${withdraw.reason}`;
  return `${withdraw.at} by ${withdraw.byName ?? withdraw.by}${why}`;
}

/** All that is known of an abort. */
export function abortText(abort: Abort): string {
  const facts = pairsOf([
    ['Abort', abort.abortId],
    ['Job', abort.jobId],
    ['Mode', abort.mode],
    ['Status', abort.status],
    ['Drains until', isFinalAbort(abort.status) ? undefined : abort.drainDeadline],
  ]);
  const progress = isFinalAbort(abort.status) ? proofText(abort) : progressLines(abort, { countdown: true }).join('\n');
  return `${facts}\n\n${progress}`;
}

function serverText(server: Restart, abort: Abort, countdown: boolean): string {
  const { withdrawnAt, replacedBy, settledAt, stoppedAt, stopRequestedAt, exitCode } = server;
  if (withdrawnAt !== undefined) return 'withdrawn, back at work';
  if (replacedBy !== undefined) return `stopped${codeText(exitCode)}, settled, replaced by ${replacedBy}`;
  if (settledAt !== undefined) return `stopped${codeText(exitCode)}, settled`;
  if (stoppedAt !== undefined) return `stopped${codeText(exitCode)}`;
  if (stopRequestedAt !== undefined) return 'stopping';
  return drainingText(server, abort, countdown);
}

/** The named tasks are those that the drain waits for. */
function drainingText({ serverId, drainedAt }: Restart, abort: Abort, countdown: boolean): string {
  if (drainedAt !== undefined) return 'drained';
  const left = countdown && abort.drainDeadline !== undefined ? `, at most ${leftUntil(abort.drainDeadline)} more` : '';
  const running = abort.bystanders.filter((task) => task.serverId === serverId && task.outcome === 'Running');
  if (running.length === 0) return `draining${left}`;
  const names = running.slice(0, MAX_TASKS_NAMED).map(({ jobId, taskId }) => `${taskId} of ${jobId}`);
  const more = running.length > names.length ? ` and ${running.length - names.length} more` : '';
  return `draining${left}, waits for ${names.join(', ')}${more}`;
}

function codeText(exitCode: number | undefined): string {
  return exitCode === undefined ? '' : ` with exit code ${exitCode}`;
}

function each(servers: readonly Restart[], text: (server: Restart) => string | undefined, none: string): string {
  return servers.flatMap((server) => text(server) ?? []).join('; ') || none;
}

function drainText({ serverId, drainingAt, drainedAt, deadlineReached, withdrawnAt }: Restart): string | undefined {
  if (withdrawnAt !== undefined) return `${serverId} went back to work at ${withdrawnAt}`;
  if (drainingAt === undefined) return undefined;
  if (deadlineReached) return `${serverId} from ${drainingAt} until its deadline`;
  return `${serverId} from ${drainingAt}${drainedAt === undefined ? '' : ` in ${secondsBetween(drainingAt, drainedAt)}`}`;
}

function stopText({ serverId, stoppedAt, exitCode }: Restart): string | undefined {
  return stoppedAt === undefined ? undefined : `${serverId} at ${stoppedAt}${codeText(exitCode)}`;
}

function replacementText({ serverId, replacedBy }: Restart): string | undefined {
  return replacedBy === undefined ? undefined : `${serverId} by ${replacedBy}`;
}

function settledText({ tasks, bystanders }: Abort): string {
  const own = countText(tasks.map(({ outcome }) => outcome));
  const others =
    bystanders.length === 0 ? 'no other task was disturbed' : countText(bystanders.map((task) => task.outcome));
  return `of the job: ${own || 'no task'}; of others: ${others}`;
}

function countText(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
