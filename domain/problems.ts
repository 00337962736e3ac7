/** What is wrong with a request, in words for its sender. */
import * as z from 'zod';
import { didYouMean } from '#domain/words/nearest';

type Issue = Parameters<z.core.$ZodErrorMap>[0];
/** A problem of a request, and where it is. */
type Problem = { readonly at: string; readonly problem: string };

/** A request checked against its schema: its data, or a summary and all its problems. */
type Checked<Data> =
  | { readonly data: Data; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly detail: string };

/** A problem, and the path of what it is about. `key` is the unknown field of it, of several the first one. */
export type PlacedProblem = {
  readonly path: readonly PropertyKey[];
  readonly key?: string | undefined;
  readonly problem: string;
};

type Found<Data> =
  | { readonly data: Data; readonly problems?: undefined }
  | { readonly problems: readonly PlacedProblem[] };

/** What a schema makes of a value, or each problem that it finds. */
export function findProblems<Data>(schema: z.ZodType<Data>, input: unknown): Found<Data> {
  const parsed = schema.safeParse(input, { error: problemOf });
  if (parsed.success) return { data: parsed.data };
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path,
    ...(issue.code === 'unrecognized_keys' ? { key: issue.keys[0] } : {}),
    problem: issue.message,
  }));
  return { problems };
}

/** Checks a part of a request against its schema. `where` names the part. */
export function checkRequest<Data>(schema: z.ZodType<Data>, input: unknown, where: string): Checked<Data> {
  const found = findProblems(schema, input);
  if (found.problems === undefined) return found;
  const problems = found.problems.map(({ path, problem }) => ({ at: [where, ...path].join('.'), problem }));
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return { problems, detail: `${problems[0]?.at}: ${problems[0]?.problem}${more}` };
}

/** Undefined for an issue that needs no other words than those of its schema, or of zod. */
function problemOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : choiceOf(issue.input, issue.values.map(String));
    case 'unrecognized_keys':
      return issue.keys.length === 1
        ? `"${issue.keys[0]}" is not a field of this request${didYouMean(String(issue.keys[0]), fieldsOf(issue.inst))}`
        : `${issue.keys.map((key) => `"${key}"`).join(', ')} are not fields of this request`;
    case 'too_small':
      return `must ${sizeOf(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, 'at most', Number(issue.maximum))}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'must be a time such as 2026-01-31T12:00:00Z' : undefined;
    default:
      return undefined;
  }
}

function choiceOf(input: unknown, values: readonly string[]): string {
  return `must be one of ${values.join(', ')}${typeof input === 'string' ? didYouMean(input, values) : ''}`;
}

/** The fields of the schema that found an issue. */
function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

function sizeOf(origin: string, bound: string, size: number): string {
  const unit = UNITS[origin];
  return unit === undefined ? `be ${bound} ${size}` : `have ${bound} ${size} ${unit}${size === 1 ? '' : 's'}`;
}
