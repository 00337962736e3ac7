/** Everything that is wrong with a job, before it is sent: what the API would refuse, and where. */
import { Refusal } from '#domain/errors';
import { DEFAULT_PRIORITY } from '#domain/priorities';
import { findProblems, type PlacedProblem } from '#domain/problems';
import { type SubmitJobRequest, submitJobSchema } from '#domain/requests';
import { tasksProblems } from './check-tasks.ts';
import { newJob, newTasks, withIds } from './submission.ts';

/** Stands for what only the API knows: who submits the job, and when. */
const UNKNOWN = { jobId: 'job', createdBy: '', now: '', priority: DEFAULT_PRIORITY } as const;

/**
 * A job that the API would accept, or each of its problems as a sentence. The dependencies are looked at if each field
 * is right.
 */
export function findJobProblems(
  value: unknown,
): { readonly request: SubmitJobRequest } | { readonly problems: readonly PlacedProblem[] } {
  const found = findProblems(submitJobSchema, value);
  if (found.problems !== undefined) return { problems: found.problems.map(named) };
  const request = found.data;
  const problems = [...tasksProblems(withIds(request.tasks, 0))];
  const rest = problems.length > 0 ? problems : problemOfSizes(request);
  return rest.length > 0 ? { problems: rest } : { request };
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
