/** Checks of the tasks of one request, against each other. */
import { Refusal } from '#domain/errors';
import { MAX_DEPENDENTS_PER_TASK, MAX_PROBLEMS_SHOWN } from '#domain/limits';
import type { TaskRequest } from '#domain/requests';
import { didYouMean } from '#domain/words/nearest';
import { dependentsOf, findCycle } from './graph.ts';

type Named = Pick<TaskRequest, 'dependsOn'> & { readonly taskId: string };

/** What is wrong with the tasks of a request, and where in it. */
type TasksProblem = {
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/**
 * Checks that each task of a request has its own id, that tasks depend on other tasks of the same request, each named
 * once, without cycles, and that no task has too many dependents.
 * @throws Refusal InvalidRequest
 */
export function checkTasks(named: readonly Named[]): void {
  const [first, ...more] = tasksProblems(named);
  if (!first) return;
  const problems = [first, ...more].slice(0, MAX_PROBLEMS_SHOWN);
  const shown = problems.map(({ path, problem }) => ({ at: ['body', ...path].join('.'), problem }));
  throw new Refusal('InvalidRequest', first.problem, { ...first.facts, problems: shown });
}

/** Each problem of the tasks of a request with each other, one after the other. */
export function* tasksProblems(named: readonly Named[]): Generator<TasksProblem> {
  yield* duplicates(named);
  const known = new Set(named.map(({ taskId }) => taskId));
  const isUnique = known.size === named.length;
  for (const [index, task] of named.entries()) yield* wrongDependencies(task, { index, known });
  yield* manyDependents(named);
  const cycle = isUnique ? findCycle(named.map((task) => withKnown(task, known))) : undefined;
  if (!cycle) return;
  const index = named.findIndex(({ taskId }) => taskId === cycle[0]);
  yield {
    path: ['tasks', index, 'dependsOn'],
    problem: `The dependencies form a cycle: ${cycle.join(' -> ')}.`,
    facts: { cycle },
  };
}

/** The task without dependencies on unknown ones. */
function withKnown({ taskId, dependsOn = [] }: Named, known: ReadonlySet<string>): Named {
  return { taskId, dependsOn: dependsOn.filter((each) => known.has(each.taskId)) };
}

function* duplicates(named: readonly Named[]): Generator<TasksProblem> {
  const seen = new Set<string>();
  for (const [index, { taskId }] of named.entries()) {
    if (seen.has(taskId)) {
      const problem = `tasks[${index}].taskId "${taskId}" is used twice; give each task its own id.`;
      yield { path: ['tasks', index, 'taskId'], problem, facts: { taskId } };
    }
    seen.add(taskId);
  }
}

function* wrongDependencies(
  { dependsOn = [] }: Named,
  { index, known }: { index: number; known: ReadonlySet<string> },
): Generator<TasksProblem> {
  const names = new Set<string>();
  for (const [place, { taskId }] of dependsOn.entries()) {
    const path = ['tasks', index, 'dependsOn', place, 'taskId'];
    if (!known.has(taskId)) {
      const guess = didYouMean(taskId, [...known]) || '.';
      const problem = `tasks[${index}] depends on "${taskId}", which is not a task of this request${guess}`;
      yield { path, problem, facts: { taskId } };
    } else if (names.has(taskId)) {
      yield { path, problem: `tasks[${index}] names "${taskId}" twice in dependsOn.`, facts: { taskId } };
    }
    names.add(taskId);
  }
}

function* manyDependents(named: readonly Named[]): Generator<TasksProblem> {
  const indexes = new Map(named.map(({ taskId }, index) => [taskId, index]));
  for (const [taskId, dependents] of dependentsOf(named)) {
    if (dependents.length <= MAX_DEPENDENTS_PER_TASK) continue;
    yield {
      path: ['tasks', indexes.get(taskId) ?? 0],
      problem: `"${taskId}" has ${dependents.length} dependents; a task can have at most ${MAX_DEPENDENTS_PER_TASK}.`,
      facts: {},
    };
  }
}
