/** What the repeats of a request are known by. */
import { createHash } from 'node:crypto';
import type { Once } from '#domain/jobs/repeats';

/**
 * The hashes of a request with a key. The order of an object's members, and what its schema adds to the body, make no
 * difference.
 */
export function onceOf(request: { user: string; key: string; route: string; body: unknown }): Once {
  const { user, key, route, body } = request;
  return { key: hash([user, key]), request: hash([route, body]) };
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('base64url');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
