/** How a job stands, in a sentence. */
import type { Job } from '#console/api/types.ts';
import { timeOfDay } from '#console/parts/durations.ts';

/** `Cancelling since 14:02:11 by alice: 3 tasks have been told and still run; 1 of them does not listen.` */
export function sentenceOf(job: Job, deaf = 0): string {
  const sentence = SENTENCES[job.status](job);
  if (job.status !== 'Cancelling' || deaf === 0) return sentence;
  const who = job.taskCounts.Cancelling === 1 ? 'it' : `${deaf} of them`;
  return `${sentence.slice(0, -1)}; ${who} ${deaf === 1 ? 'does' : 'do'} not listen.`;
}

const SENTENCES: Readonly<Record<Job['status'], (job: Job) => string>> = {
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
    `Cancelled by ${cancel?.requestedByName ?? cancel?.requestedBy ?? 'someone'}, ended at ${at(endedAt)}: ${taskCounts.Finished} finished before, ${taskCounts.NotRun} never ran.`,
};

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
