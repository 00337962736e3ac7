/** The plan of an abort as text: what it stops, restarts and disrupts, and what the operator should know. */
import { ABORT_WARNING } from '#client/abort-warning';
import type { Plan } from '#client/client';
import { styled } from './notes.ts';
import { tableOf } from './table.ts';
import { ageOf } from './times.ts';

type Disrupted = Plan['disruptedJobs'][number];
type Bystander = Disrupted['tasks'][number];

/** How a server says that it serves all groups. */
const ALL_GROUPS = '*';
const FATES = {
  restarts: 'starts again elsewhere',
  fails: 'FAILS: not restartable',
  stops: 'STOPS: it is cancelled',
} as const satisfies Readonly<Record<Bystander['fate'], string>>;

/** The whole plan. */
export function planText(plan: Plan): string {
  const parts = [
    styled('bold', `Plan ${plan.planId}: abort the job ${plan.jobId}`),
    howText(plan),
    section('Tasks that it stops', tasksText(plan)),
    ...(plan.mode === 'server' ? [section('Servers that it restarts', restartsText(plan))] : []),
    section('Other jobs that it disrupts', disruptedText(plan)),
    ...plan.warnings.map(warningText),
    ABORT_WARNING.join('\n'),
  ];
  return parts.join('\n\n');
}

/** Whether work that the abort does not mean would fail or stop, should it still run at the restart. */
export function isHarmful({ disruptedJobs }: Plan): boolean {
  return disruptedJobs.some(({ tasks }) => tasks.some(({ fate }) => fate !== 'restarts'));
}

/** What a new plan does more, and no more, than the one before: a line each. */
export function differenceText(before: Plan, now: Plan): string {
  const [old, fresh] = [linesOf(before), linesOf(now)];
  const added = fresh.filter((line) => !old.includes(line)).map((line) => styled('red', `+ ${line}`));
  const gone = old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`);
  return [...added, ...gone].join('\n') || 'The tasks of other jobs have changed, not what happens to them.';
}

function howText({ mode, drainSeconds }: Plan): string {
  return mode === 'task'
    ? 'The tasks are stopped where they run, at once. No server is restarted.'
    : `The servers drain for at most ${drainSeconds} s and are restarted.`;
}

function section(title: string, text: string): string {
  return `${styled('bold', title)}\n${text}`;
}

function tasksText({ tasks }: Plan): string {
  return tableOf<Plan['tasks'][number]>(
    [
      { name: 'task', of: ({ taskId }) => taskId },
      { name: 'server', of: ({ serverId }) => serverId },
      { name: 'runs for', of: ({ startedAt }) => ageOf(startedAt) },
    ],
    tasks,
    'None.',
  );
}

function restartsText({ servers }: Plan): string {
  return tableOf<Plan['servers'][number]>(
    [
      { name: 'server', of: ({ serverId }) => serverId },
      { name: 'executing', of: ({ executing }) => executing },
      { name: 'cancelling', of: ({ cancelling }) => cancelling },
    ],
    servers,
    'None.',
  );
}

function disruptedText({ disruptedJobs }: Plan): string {
  const rows = disruptedJobs.flatMap((job) => job.tasks.map((task) => ({ job, task })));
  return tableOf<{ job: Disrupted; task: Bystander }>(
    [
      { name: 'job', of: ({ job }) => job.name },
      { name: 'owner', of: ({ job }) => job.createdByName ?? job.createdBy },
      { name: 'task', of: ({ task }) => task.taskId },
      { name: 'if it still runs then', of: ({ task }) => FATES[task.fate] },
      { name: 'likely end', of: ({ task }) => likelyEndOf(task) },
      { name: 'id', of: ({ job }) => job.jobId },
    ],
    rows,
    'None.',
  );
}

function likelyEndOf({ likelyEndAt, endsWithinDrain }: Bystander): string {
  if (likelyEndAt === undefined) return 'not known';
  return `${likelyEndAt} (${endsWithinDrain ? 'within the drain' : 'AFTER the drain'})`;
}

function warningText(warning: Plan['warnings'][number]): string {
  const text =
    warning.type === 'NoOtherServer'
      ? `No other server serves ${groupText(warning.batchGroup)} during the restart.`
      : `The job runs ${warning.tasks} more tasks than one abort takes: abort again when this one has ended.`;
  return styled('yellow', text);
}

function groupText(batchGroup: string): string {
  return batchGroup === ALL_GROUPS ? 'every batch group' : `the batch group "${batchGroup}"`;
}

function linesOf(plan: Plan): string[] {
  return [
    ...plan.tasks.map(({ taskId, serverId }) => `stops the task ${taskId} on the server ${serverId}`),
    ...plan.servers.map(({ serverId }) => `restarts the server ${serverId}`),
    ...plan.disruptedJobs.flatMap(({ jobId, name, tasks }) =>
      tasks.map(({ taskId, fate }) => `the task ${taskId} of the job ${name} (${jobId}) ${FATES[fate]}`),
    ),
  ];
}
