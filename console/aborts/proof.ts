/** The proof of an abort: what stopped, when, which container, with which exit code, fenced and settled. */
import type { Abort } from '#console/api/types.ts';
import { bystanderBecame, PROMISED, taskBecame } from './outcomes.ts';

type Line = { readonly what: string; readonly proof: string };

/** The lines of the proof card. */
export function proofOf(abort: Abort): readonly Line[] {
  return [
    { what: 'Outcome', proof: `${abort.status}${abort.endedAt === undefined ? '' : ` at ${abort.endedAt}`}` },
    {
      what: 'Requested',
      proof: `by ${abort.requestedByName ?? abort.requestedBy} at ${abort.requestedAt}: ${abort.reason}`,
    },
    ...withdrawalOf(abort),
    ...abort.tasks.map(({ taskId, serverId, outcome, endedAt }) => ({
      what: `Task ${taskId}`,
      proof: `${taskBecame(outcome)}${endedAt === undefined ? '' : ` at ${endedAt}`}, on server ${serverId}`,
    })),
    ...abort.servers.map((server) => ({ what: `Server ${server.serverId}`, proof: proofOfServer(server) })),
    ...abort.bystanders.map(({ taskId, jobId, fate, outcome }) => ({
      what: `Bystander ${taskId} of job ${jobId}`,
      proof: `promised: ${PROMISED[fate]}; became: ${bystanderBecame(outcome)}`,
    })),
  ];
}

/** The proof as Markdown, for a report. */
export function asMarkdown(abort: Abort, jobName: string): string {
  const rows = proofOf(abort).map(({ what, proof }) => `| ${escaped(what)} | ${escaped(proof)} |`);
  return [
    `## Abort of ${jobName}`,
    '',
    `Abort \`${abort.abortId}\` of job \`${abort.jobId}\``,
    '',
    '| what | proof |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Who asked to withdraw it, when and why. */
function withdrawalOf({ withdraw }: Abort): readonly Line[] {
  if (withdraw === undefined) return [];
  const { by, byName = by, at, reason } = withdraw;
  return [{ what: 'Withdrawal', proof: `asked for by ${byName} at ${at}${reason === undefined ? '' : `: ${reason}`}` }];
}

function proofOfServer(server: Abort['servers'][number]): string {
  if (server.withdrawnAt !== undefined) return `given back at ${server.withdrawnAt}: not restarted`;
  const parts = [
    server.deadlineReached ? 'its drain reached the deadline' : part('drained', server.drainedAt),
    part('container stopped', server.stoppedAt),
    server.exitCode === undefined ? undefined : `exit code ${server.exitCode}`,
    part('fenced and settled', server.settledAt),
    server.replacedBy === undefined ? undefined : `replaced by ${server.replacedBy}`,
  ];
  return parts.filter((each) => each !== undefined).join(', ');
}

function part(what: string, at: string | undefined): string | undefined {
  return at === undefined ? undefined : `${what} at ${at}`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
