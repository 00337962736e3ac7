/** What must hold of every job at any time, checked from the outside. Each check returns its violations in words. */
import { setTimeout as sleep } from 'node:timers/promises';
import { JOB_MOVES, type Move, TASK_MOVES } from '#domain/status-moves';
import { isFinalTask } from '#domain/statuses';
import type { Api } from './client.ts';
import { type Job, readJob, readTasks, type Task } from './records.ts';

const SAMPLE_PAUSE_MS = 100;

/** What is wrong with the sums and the times of a job and its tasks as they were read at one moment after its end. */
export function violationsAtEnd(job: Job, tasks: readonly Task[]): string[] {
  return [
    ...violatedCounts(job),
    ...(tasks.length === job.taskTotal ? [] : [`${tasks.length} tasks are listed, not ${job.taskTotal}`]),
    ...(new Set(tasks.map((task) => task.taskId)).size === tasks.length ? [] : ['a task is listed twice']),
    ...Object.entries(job.taskCounts).flatMap(([status, count]) => {
      const listed = tasks.filter((task) => task.status === status).length;
      return listed === count ? [] : [`${listed} tasks are ${status}, the job says ${count}`];
    }),
    ...tasks.flatMap((task) => (isFinalTask(task.status) ? [] : [`${task.taskId} is still ${task.status}`])),
    ...tasks.flatMap(violatedAttempts),
  ];
}

/** The counts of a job add up to its total, at any moment. */
export function violatedCounts({ taskCounts, taskTotal }: Job): string[] {
  const sum = Object.values(taskCounts).reduce((one, other) => one + other, 0);
  return sum === taskTotal ? [] : [`the counts add up to ${sum}, not ${taskTotal}: ${JSON.stringify(taskCounts)}`];
}

/** Attempts are numbered from 1, each has one outcome, and none starts before its predecessor has ended. */
export function violatedAttempts({ taskId, attempts, status }: Task): string[] {
  return attempts.flatMap(({ attempt, startedAt, endedAt, outcome }, index) => {
    const before = attempts[index - 1];
    const isOpen = index === attempts.length - 1 && !isFinalTask(status);
    return [
      ...(attempt === index + 1 ? [] : [`${taskId}: attempt ${attempt} is the ${index + 1}th`]),
      ...(before === undefined || (before.endedAt ?? '~') <= startedAt ? [] : [`${taskId}: ${attempt} overlaps`]),
      ...(isOpen || (endedAt !== undefined && outcome !== undefined) ? [] : [`${taskId}: ${attempt} has no end`]),
      ...(endedAt === undefined || startedAt <= endedAt ? [] : [`${taskId}: ${attempt} ended before it started`]),
    ];
  });
}

/** The most attempts that ran at once on any server, by the times in the records. */
export function mostAtOnce(tasks: readonly Task[]): number {
  const steps = tasks.flatMap(({ attempts }) =>
    attempts.flatMap(({ serverId, startedAt, endedAt = '~' }) => [
      { serverId, at: startedAt, step: 1 },
      { serverId, at: endedAt, step: -1 },
    ]),
  );
  const running = new Map<string, number>();
  let most = 0;
  for (const { serverId, step } of steps.sort((a, b) => (a.at === b.at ? a.step - b.step : a.at < b.at ? -1 : 1))) {
    const count = (running.get(serverId) ?? 0) + step;
    running.set(serverId, count);
    most = Math.max(most, count);
  }
  return most;
}

export type Watch = {
  /** Stops sampling; what was wrong, and how often was looked. */
  end(): Promise<{ violations: string[]; samples: number }>;
};

/** Samples the job and all its tasks until `end`: statuses never go back, and the counts always add up. */
export function watchJob(client: Api, jobId: string): Watch {
  const violations = new Set<string>();
  const seen: Seen = { tasks: new Map() };
  const ending = new AbortController();
  let samples = 0;
  const sampling = (async () => {
    while (!ending.signal.aborted) {
      for (const violation of await sample(client, jobId, seen)) violations.add(violation);
      samples += 1;
      await sleep(SAMPLE_PAUSE_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  // `end` throws the error of a read that failed.
  sampling.catch(() => undefined);
  return {
    async end() {
      ending.abort();
      await sampling;
      for (const violation of await sample(client, jobId, seen)) violations.add(violation);
      return { violations: [...violations], samples };
    },
  };
}

type Seen = { job?: Job; readonly tasks: Map<string, Task> };

async function sample(client: Api, jobId: string, seen: Seen): Promise<string[]> {
  const job = await readJob(client, jobId);
  const tasks = await readTasks(client, jobId);
  const violations = [...violatedCounts(job), ...tasks.flatMap(violatedAttempts)];
  if (seen.job && !mayFollow(JOB_MOVES, seen.job.status, job.status)) {
    violations.push(`the job went from ${seen.job.status} to ${job.status}`);
  }
  seen.job = job;
  for (const task of tasks) {
    const before = seen.tasks.get(task.taskId);
    if (before && !mayFollow(TASK_MOVES, before.status, task.status)) {
      violations.push(`${task.taskId} went from ${before.status} to ${task.status}`);
    }
    if (before && endedOf(task) < endedOf(before)) violations.push(`${task.taskId} lost an attempt`);
    seen.tasks.set(task.taskId, task);
  }
  return violations;
}

/** An attempt that has not ended may still be undone: its handler has not run then. */
function endedOf({ attempts }: Task): number {
  return attempts.filter(({ endedAt }) => endedAt !== undefined).length;
}

/** Whether moves, one or several, lead from one status to the other. Requeues are no part of what is watched. */
function mayFollow(moves: Readonly<Record<string, Move<string>>>, from: string, to: string): boolean {
  const reached = new Set([from]);
  const steps = Object.entries(moves).filter(([name]) => !name.startsWith('requeue'));
  for (const status of reached) {
    for (const [, move] of steps) if (move.from.includes(status)) reached.add(move.to);
  }
  return reached.has(to);
}
