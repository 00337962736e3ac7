import { inspect } from 'node:util';
import {
  MAX_ERROR_CAUSES,
  MAX_ERROR_CHARACTERS,
  MAX_ERROR_NAME_CHARACTERS,
  MAX_STACK_CHARACTERS,
} from '#domain/limits';
import type { TaskError } from '#domain/tasks/task';

/**
 * What was thrown, and what it came from, nearest first. Never throws. Errors can form cycles, aggregated ones can be
 * many, and their texts can be longer than a report may be.
 */
export function describeError(thrown: unknown): TaskError {
  const found = new Set<unknown>([thrown]);
  for (const each of found) {
    for (const cause of causesOf(each)) if (found.size <= MAX_ERROR_CAUSES) found.add(cause);
  }
  const [first, ...causes] = [...found].map(fieldsOf);
  return { name: 'Error', message: '', ...first, ...(causes.length === 0 ? {} : { causes }) };
}

/** What the look finds; undefined if it throws: any value can be thrown, and its members can be anything. */
export function lookAt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function causesOf(thrown: unknown): unknown[] {
  if (!isError(thrown)) return [];
  const cause = lookAt(() => thrown.cause);
  const errors = lookAt(() => 'errors' in thrown && Array.isArray(thrown.errors) && [...thrown.errors]) || [];
  return [...(cause === undefined ? [] : [cause]), ...errors];
}

function fieldsOf(thrown: unknown): TaskError {
  if (!isError(thrown)) {
    const message = typeof thrown === 'string' ? thrown : lookAt(() => inspect(thrown));
    return { name: 'Error', message: (message ?? 'It cannot be shown.').slice(0, MAX_ERROR_CHARACTERS) };
  }
  const name = lookAt(() => String(thrown.name)) ?? 'Error';
  const message = lookAt(() => String(thrown.message)) ?? 'Its message cannot be read.';
  const stack = lookAt(() => thrown.stack);
  const code = lookAt(() => 'code' in thrown && thrown.code);
  return {
    name: name.slice(0, MAX_ERROR_NAME_CHARACTERS),
    message: message.slice(0, MAX_ERROR_CHARACTERS),
    ...(typeof code === 'string' || typeof code === 'number'
      ? { code: String(code).slice(0, MAX_ERROR_NAME_CHARACTERS) }
      : {}),
    ...(typeof stack === 'string' ? { stack: stack.slice(0, MAX_STACK_CHARACTERS) } : {}),
  };
}

function isError(value: unknown): value is Error {
  return lookAt(() => value instanceof Error) ?? false;
}
