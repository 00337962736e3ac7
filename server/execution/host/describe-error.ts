import { inspect } from 'node:util';
import { MAX_ERROR_CAUSES } from '#domain/limits';
import type { TaskError } from '#domain/tasks/task';

/** What was thrown, and what it came from, nearest first. Errors can form circles, and aggregated ones can be many. */
export function describeError(thrown: unknown): TaskError {
  const found = new Set<unknown>([thrown]);
  for (const each of found) {
    for (const cause of causesOf(each)) if (found.size <= MAX_ERROR_CAUSES) found.add(cause);
  }
  const [first, ...causes] = [...found].map(fieldsOf);
  return { name: 'Error', message: '', ...first, ...(causes.length === 0 ? {} : { causes }) };
}

function causesOf(thrown: unknown): unknown[] {
  if (!(thrown instanceof Error)) return [];
  const errors = 'errors' in thrown && Array.isArray(thrown.errors) ? thrown.errors : [];
  return [...(thrown.cause === undefined ? [] : [thrown.cause]), ...errors];
}

/** Any value can be thrown, and an error's fields can be anything. */
function fieldsOf(thrown: unknown): TaskError {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : inspect(thrown) };
  const { name, message, stack } = thrown;
  const code = 'code' in thrown && ['string', 'number'].includes(typeof thrown.code) ? String(thrown.code) : undefined;
  return {
    name: String(name),
    message: String(message),
    ...(code === undefined ? {} : { code }),
    ...(typeof stack === 'string' ? { stack } : {}),
  };
}
