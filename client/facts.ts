/** The fields of an event, for people. */

/** What a fact is about, then what changed; all others follow by name. */
const FIRST = ['name', 'feature', 'batchGroup', 'taskId', 'before', 'after'];

/** The fields in one order: a record has none of its own. */
export function inOrder(fields: object): [name: string, value: unknown][] {
  return Object.entries(fields).sort(([one], [other]) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1));
}

function rankOf(name: string): number {
  const rank = FIRST.indexOf(name);
  return rank === -1 ? FIRST.length : rank;
}
