/** From a submission to records: fills in defaults, assigns ids, checks dependencies. It writes nothing. */
import { Refusal } from '#domain/errors';
import { MAX_GROUPS_PER_JOB, MAX_INPUT_BYTES, MAX_TASKS_PER_JOB } from '#domain/limits';
import type { Priority } from '#domain/priorities';
import type { SubmitJobRequest, TaskRequest } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { checkTasks } from './check-tasks.ts';
import { dependentsOf } from './graph.ts';
import { addCounts, baseOf, type Job, noTasks, type TaskCounts } from './job.ts';
import { shardCount, shardKey, shardOf } from './shards.ts';

/**
 * The record of a new job; `newTasks` makes its tasks.
 * @throws Refusal InvalidRequest when its tasks name more than `MAX_GROUPS_PER_JOB` batch groups
 */
export function newJob(
  request: SubmitJobRequest,
  made: { jobId: string; createdBy: string; createdByName?: string | undefined; now: string; priority: Priority },
): Job {
  return {
    jobId: made.jobId,
    name: request.name,
    status: request.hold ? 'Withhold' : 'Waiting',
    batchGroup: request.batchGroup,
    batchGroups: groupsOf(request.tasks, request.batchGroup, []),
    priority: made.priority,
    ...(request.startAt === undefined ? {} : { startAt: request.startAt }),
    run: 1,
    system: request.system,
    createdBy: made.createdBy,
    ...(made.createdByName === undefined ? {} : { createdByName: made.createdByName }),
    createdAt: made.now,
    taskTotal: request.tasks.length,
    shards: shardCount(request.tasks.length),
    hasDependencies: request.tasks.some(hasDependencies),
    hasNamedTasks: request.tasks.some(isNamed),
    ...(request.hold ? { heldAt: made.now, taskCounts: newCounts(request.tasks) } : {}),
  };
}

/**
 * The job with these tasks added.
 * @throws Refusal TooLarge above `MAX_TASKS_PER_JOB` tasks, InvalidRequest above `MAX_GROUPS_PER_JOB` batch groups
 */
export function grownJob(job: Job, tasks: readonly TaskRequest[]): Job {
  const taskTotal = job.taskTotal + tasks.length;
  if (taskTotal > MAX_TASKS_PER_JOB) {
    throw new Refusal(
      'TooLarge',
      `A job can have at most ${MAX_TASKS_PER_JOB} tasks; this one would have ${taskTotal}.`,
      { taskTotal },
    );
  }
  return {
    ...job,
    taskTotal,
    shards: shardCount(taskTotal),
    batchGroups: groupsOf(tasks, job.batchGroup, job.batchGroups),
    hasDependencies: job.hasDependencies || tasks.some(hasDependencies),
    hasNamedTasks: job.hasNamedTasks || tasks.some(isNamed),
    ...(job.taskCounts ? { taskCounts: newCounts(tasks, job.taskCounts) } : {}),
    ...(job.countsBase ? { countsBase: baseOf(newCounts(tasks, addCounts(noTasks(), job.countsBase))) } : {}),
  };
}

/** The tasks of this request whose ids an older task of the job may have. Ids assigned by the system never collide. */
export function maybeTaken(job: Job, requests: readonly TaskRequest[], tasks: readonly Task[]): Task[] {
  return tasks.filter((_, index) => job.hasNamedTasks || requests[index]?.taskId !== undefined);
}

/** The counts after these tasks were added: each starts as Waiting or Ready. */
export function newCounts(tasks: readonly TaskRequest[], before = noTasks()): TaskCounts {
  const waiting = tasks.filter(hasDependencies).length;
  return { ...before, Waiting: before.Waiting + waiting, Ready: before.Ready + tasks.length - waiting };
}

/**
 * The records of new tasks, numbered in their job from `firstIndex` on. Dependencies name tasks of the same request.
 * @throws Refusal InvalidRequest for a duplicate id, an unknown dependency, a cycle or too many dependents; TooLarge
 * for an input over `MAX_INPUT_BYTES`
 */
export function newTasks(job: Job, requests: readonly TaskRequest[], at: { firstIndex: number; now: string }): Task[] {
  const named = withIds(requests, at.firstIndex);
  checkTasks(named);
  const dependents = dependentsOf(named);
  return named.map((request, index) => {
    const { taskId, name, input, batchGroup, dependsOn, dependencyCondition, timeoutSeconds, ...rest } = request;
    const waits = hasDependencies(request);
    const waiters = dependents.get(taskId);
    return {
      ...rest,
      shardId: shardKey(job.jobId, shardOf(at.firstIndex + index, taskId)),
      taskId,
      jobId: job.jobId,
      index: at.firstIndex + index,
      name: name ?? taskId,
      status: waits ? 'Waiting' : 'Ready',
      batchGroup: batchGroup ?? job.batchGroup,
      createdAt: at.now,
      run: job.run,
      attempt: 0,
      failures: 0,
      attempts: [],
      ...(input === undefined ? {} : { input: inputText(input, index) }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(waits ? { dependsOn, dependencyCondition: dependencyCondition ?? 'All' } : {}),
      ...(waiters ? { dependents: waiters } : {}),
    };
  });
}

/** The requests, each with the id that it asks for or that the system assigns. */
export function withIds<Request extends Pick<TaskRequest, 'taskId'>>(requests: readonly Request[], firstIndex: number) {
  return requests.map((request, index) => ({ ...request, taskId: request.taskId ?? defaultId(firstIndex + index) }));
}

function hasDependencies(request: TaskRequest): boolean {
  return request.dependsOn !== undefined && request.dependsOn.length > 0;
}

function isNamed(request: TaskRequest): boolean {
  return request.taskId !== undefined;
}

function groupsOf(tasks: readonly TaskRequest[], jobGroup: string, known: readonly string[]): string[] {
  const groups = [...new Set([...known, ...tasks.map((task) => task.batchGroup ?? jobGroup)])];
  if (groups.length > MAX_GROUPS_PER_JOB) {
    throw new Refusal(
      'InvalidRequest',
      `A job can have at most ${MAX_GROUPS_PER_JOB} batch groups; its tasks name ${groups.length}.`,
    );
  }
  return groups;
}

/** The id of the task with this number in its job, unless the request names one: they sort in this order. */
export function defaultId(index: number): string {
  return `t${String(index + 1).padStart(6, '0')}`;
}

function inputText(input: unknown, index: number): string {
  const text = JSON.stringify(input);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_INPUT_BYTES) {
    throw new Refusal(
      'TooLarge',
      `tasks[${index}].input has ${bytes} bytes; at most ${MAX_INPUT_BYTES} are allowed. Send a reference to the data instead.`,
      { bytes, index },
    );
  }
  return text;
}
