/** How a job stands, in a sentence. */
import type { Job } from '#console/api/types.ts';
import { timeOfDay } from '#console/parts/durations.ts';

type Standing = Pick<Job, 'status' | 'taskCounts' | 'taskTotal' | 'startAt' | 'startedAt' | 'endedAt' | 'cancel'>;

/** `Cancelling since 14:02:11 by alice: 3 tasks have been told and still run; 1 of them does not listen.` */
export function sentenceOf(job: Standing, deaf = 0): string {
  const sentence = SENTENCES[job.status](job);
  if (job.status !== 'Cancelling' || deaf === 0) return sentence;
  const who = job.taskCounts.Cancelling === 1 ? 'it' : `${deaf} of them`;
  return `${sentence.slice(0, -1)}; ${who} ${deaf === 1 ? 'does' : 'do'} not listen.`;
}

/** `2 tasks will not run. 1 running task is told to end; it is not stopped by force.`: what a cancel would do. */
export function effectOfCancel({ Waiting, Ready, Executing }: Job['taskCounts']): string {
  const unstarted = Waiting + Ready;
  const told =
    Executing === 1
      ? '1 running task is told to end; it is not stopped by force.'
      : `${Executing} running tasks are told to end; they are not stopped by force.`;
  return [
    ...(unstarted > 0 ? [`${tasks(unstarted)} will not run.`] : []),
    Executing > 0 ? told : 'No task is running.',
  ].join(' ');
}

const SENTENCES: Readonly<Record<Job['status'], (job: Standing) => string>> = {
  Withhold: (job) => `On hold: none of its ${tasks(job.taskTotal)} starts before someone releases it.`,
  Waiting: (job) =>
    job.startAt !== undefined && Date.parse(job.startAt) > Date.now()
      ? `Waits for ${timeOfDay(Date.parse(job.startAt))}: none of its ${tasks(job.taskTotal)} starts before.`
      : `Waits: none of its ${tasks(job.taskTotal)} has started yet.`,
  Executing: ({ taskCounts, taskTotal, startedAt }) =>
    `Executing since ${at(startedAt)}: ${tasks(taskCounts.Executing)} ${be(taskCounts.Executing)} running, ${ended(taskCounts)} of ${taskTotal} ended${failed(taskCounts.Error)}.`,
  Cancelling: ({ taskCounts, cancel }) => {
    const by = cancel?.requestedByName ?? cancel?.requestedBy ?? 'someone';
    const told = taskCounts.Cancelling;
    return told === 0
      ? `Cancelling since ${at(cancel?.requestedAt)} by ${by}: nothing of it runs any more.`
      : `Cancelling since ${at(cancel?.requestedAt)} by ${by}: nothing new starts; ${tasks(told)} ${told === 1 ? 'has' : 'have'} been told and still ${told === 1 ? 'runs' : 'run'}.`;
  },
  Finished: ({ endedAt, taskTotal }) => `Finished at ${at(endedAt)}: all of its ${tasks(taskTotal)} have ended.`,
  Error: ({ endedAt, taskCounts }) => `Ended in Error at ${at(endedAt)}: ${tasks(taskCounts.Error)} failed.`,
  Cancelled: ({ endedAt, cancel, taskCounts }) =>
    `Cancelled by ${cancel?.requestedByName ?? cancel?.requestedBy ?? 'someone'}, ended at ${at(endedAt)}: ${becameOf(taskCounts)}.`,
};

/** `1 task finished, 2 tasks were stopped by force`: what became of the tasks of a job that has ended. */
function becameOf({ Finished, Error: failures, Cancelled, NotRun }: Job['taskCounts']): string {
  const outcomes = [
    [Finished, 'finished'],
    [failures, 'failed'],
    [Cancelled, `${Cancelled === 1 ? 'was' : 'were'} stopped by force`],
    [NotRun, 'never ran'],
  ] as const;
  return outcomes.flatMap(([count, became]) => (count > 0 ? `${tasks(count)} ${became}` : [])).join(', ');
}

function at(time: string | undefined): string {
  return time === undefined ? 'just now' : timeOfDay(Date.parse(time));
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}

function be(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function ended(counts: Job['taskCounts']): number {
  return counts.Finished + counts.Error + counts.NotRun + counts.Cancelled;
}

function failed(errors: number): string {
  return errors === 0 ? '' : `, ${errors} of them in Error`;
}
