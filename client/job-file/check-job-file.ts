/** Checks a job file, YAML or JSON, in any program and any browser: what is wrong with it, and in which line. */
import { findJobProblems } from '#domain/jobs/job-problems';
import { MAX_PROBLEMS_SHOWN } from '#domain/limits';
import type { SubmitJobRequest } from '#domain/requests';
import { type Located, readJobFile } from './read-job-file.ts';

/** The job of the file as the API takes it, or problems as `file:line:column: message`. */
type CheckedJobFile =
  | { readonly job: SubmitJobRequest; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

/**
 * Checks the text of a job file: its syntax, its fields, its graph, in the words in which the API would refuse it. It
 * asks no server. At most `MAX_PROBLEMS_SHOWN` problems are listed, in the order of their places.
 */
export function checkJobFile(text: string, file: string): CheckedJobFile {
  const read = readJobFile(text);
  if (read.problems !== undefined) return { problems: listed(read.problems, file) };
  const found = findJobProblems(withoutSchema(read.value));
  if ('request' in found) return { job: found.request };
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
