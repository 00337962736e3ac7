import { unkept } from '#domain/json';
import { describeError, lookAt } from './describe-error.ts';

/** A longer message is cut. */
const MAX_MESSAGE_CHARACTERS = 16 * 1024;
/** Fields beyond that are left out. */
const MAX_FIELDS_CHARACTERS = 64 * 1024;
// A handler can replace them for its own ends.
const { stringify, parse } = JSON;

type LogLine = { readonly message: string; readonly fields: Record<string, unknown> };

/**
 * A line that a handler logs. Never throws: a log line must not end the handler. A field that JSON would change, that
 * cannot be read or that is too long is left out, and the line says so.
 */
export function logLine(message: unknown, fields: unknown): LogLine {
  const text = lookAt(() => String(message)) ?? 'A message that cannot be read.';
  return { message: text.slice(0, MAX_MESSAGE_CHARACTERS), fields: keptFields(fields) };
}

function keptFields(fields: unknown): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  const notKept: string[] = [];
  let left = MAX_FIELDS_CHARACTERS;
  for (const [name, read] of membersOf(fields)) {
    const json = lookAt(() => jsonOf(name, read()));
    if (json === undefined) notKept.push(`${name} cannot be read`);
    else if ('isUnset' in json) continue;
    else if ('fault' in json) notKept.push(json.fault);
    else if (json.text.length > left) notKept.push(`${name} has ${json.text.length} characters of JSON`);
    else {
      left -= json.text.length;
      kept.push([name, parse(json.text)]);
    }
  }
  return Object.fromEntries(notKept.length === 0 ? kept : [...kept, ['notKept', notKept.slice(0, 10)]]);
}

/** The names of the fields, and how each is read. */
function membersOf(fields: unknown): [string, () => unknown][] {
  const object: object = typeof fields === 'object' && fields !== null ? fields : {};
  const names = lookAt(() => Object.keys(object)) ?? [];
  return names.map((name) => [name, () => Reflect.get(object, name)]);
}

function jsonOf(name: string, value: unknown): { text: string } | { fault: string } | { isUnset: true } {
  if (value === undefined) return { isUnset: true };
  const shown = value instanceof Error ? describeError(value) : value;
  const fault = unkept(shown, name);
  return fault === undefined ? { text: stringify(shown) } : { fault };
}
