/** Everything that is wrong with a job, or with tasks, before they are sent: what the API would refuse, and where. */
import type * as z from 'zod';
import { Refusal } from '#domain/errors';
import { DEFAULT_PRIORITY } from '#domain/priorities';
import { findProblems, type PlacedProblem } from '#domain/problems';
import { type AddTasksRequest, addTasksSchema, type SubmitJobRequest, submitJobSchema } from '#domain/requests';
import { tasksProblems } from './check-tasks.ts';
import { newJob, newTasks, withIds } from './submission.ts';

/** A request that the API would accept, or each of its problems as a sentence. */
export type FoundProblems<Request> = { readonly request: Request } | { readonly problems: readonly PlacedProblem[] };

/** Stands for what only the API knows: who submits the job, and when. */
const UNKNOWN = { jobId: 'job', createdBy: '', now: '', priority: DEFAULT_PRIORITY } as const;

/** Checks a submission. The dependencies are looked at if each field is right. */
export function findJobProblems(value: unknown): FoundProblems<SubmitJobRequest> {
  return findIn(submitJobSchema, value, (request) => request);
}

/** Checks tasks for a job that exists, in the same way. */
export function findTasksProblems(value: unknown): FoundProblems<AddTasksRequest> {
  return findIn(addTasksSchema, value, jobOf);
}

function findIn<Request extends AddTasksRequest>(
  schema: z.ZodType<Request>,
  value: unknown,
  toJob: (request: Request) => SubmitJobRequest,
): FoundProblems<Request> {
  const found = findProblems(schema, value);
  if (found.problems !== undefined) return { problems: found.problems.map(named) };
  const request = found.data;
  const problems = [...tasksProblems(withIds(request.tasks, 0))];
  const rest = problems.length > 0 ? problems : problemOfSizes(toJob(request));
  return rest.length > 0 ? { problems: rest } : { request };
}

/** A job with these tasks. Its batch group is not known: it is one that they name, so that it counts as no other. */
function jobOf({ tasks }: AddTasksRequest): SubmitJobRequest {
  const batchGroup = tasks.find((task) => task.batchGroup !== undefined)?.batchGroup ?? 'default';
  return { name: UNKNOWN.jobId, batchGroup, system: false, hold: true, tasks };
}

/** The problem as a sentence, as a refusal has it. */
function named({ path, problem, ...rest }: PlacedProblem): PlacedProblem {
  return { path, ...rest, problem: path.length === 0 ? problem : `${path.join('.')}: ${problem}` };
}

/** What the records of the job would exceed, if anything. */
function problemOfSizes(request: SubmitJobRequest): PlacedProblem[] {
  try {
    newTasks(newJob(request, UNKNOWN), request.tasks, { firstIndex: 0, now: UNKNOWN.now });
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { index } = error.facts;
    return [{ path: typeof index === 'number' ? ['tasks', index, 'input'] : ['tasks'], problem: error.message }];
  }
}
