/** Checks a job file, YAML or JSON, in any program and any browser: what is wrong with it, and in which line. */
import { type FoundProblems, findJobProblems, findTasksProblems } from '#domain/jobs/job-problems';
import { MAX_PROBLEMS_SHOWN } from '#domain/limits';
import type { AddTasksRequest, SubmitJobRequest } from '#domain/requests';
import { type Located, readJobFile } from './read-job-file.ts';

/** The request of the file as the API takes it, or problems as `file:line:column: message`. */
type CheckedFile<Request> =
  | { readonly request: Request; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

/**
 * Checks the text of a job file: its syntax, its fields, its graph, in the words in which the API would refuse it. It
 * asks no server. At most `MAX_PROBLEMS_SHOWN` problems are listed, in the order of their places.
 */
export function checkJobFile(text: string, file: string): CheckedFile<SubmitJobRequest> {
  return check(text, file, findJobProblems);
}

/** Checks the text of a file with tasks for a job that exists, in the same way. */
export function checkTasksFile(text: string, file: string): CheckedFile<AddTasksRequest> {
  return check(text, file, findTasksProblems);
}

function check<Request>(
  text: string,
  file: string,
  find: (value: unknown) => FoundProblems<Request>,
): CheckedFile<Request> {
  const read = readJobFile(text);
  if (read.problems !== undefined) return { problems: listed(read.problems, file) };
  const found = find(withoutSchema(read.value));
  if ('request' in found) return found;
  const located = found.problems.map(({ path, key, problem }) => ({
    ...read.locate(key === undefined ? path : [...path, key]),
    problem,
  }));
  return { problems: listed(located, file) };
}

/** A file may name its schema for editors. */
function withoutSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$schema' in value)) return value;
  const { $schema: _named, ...rest } = value;
  return rest;
}

function listed(problems: readonly Located[], file: string): string[] {
  const sorted = problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
  const shown = sorted.slice(0, MAX_PROBLEMS_SHOWN);
  const more = problems.length - shown.length;
  const lines = shown.map(({ line, column, problem }) => `${file}:${line}:${column}: ${problem}`);
  return more === 0 ? lines : [...lines, `${file}: and ${more} more`];
}
