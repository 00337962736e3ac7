import { fateWords } from '#console/aborts/harm-done.ts';

const SHOWN_APART = new Set(['at', 'type', 'by', 'byName', 'jobId']);
/** What a fact is about, then what changed; all others follow by name. */
const FIRST_FACTS = ['name', 'feature', 'batchGroup', 'taskId', 'before', 'after'];

/** `1 task`, `2 tasks`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `TaskRestarted` as `task restarted`: the type of an event for people. */
export function inWords(type: string): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** `JobSubmitted` as `Job submitted`. */
export function eventName(type: string): string {
  const words = inWords(type);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What an event says beside when, what, who and of which job. */
export function factsOf(event: Readonly<Record<string, unknown>>): string {
  return inOrder(event)
    .filter(([name]) => !SHOWN_APART.has(name))
    .map(([name, value]) => `${inWords(name)}: ${factOf(value)}`)
    .join(', ');
}

/** Lists with `; ` between their items. A task with its fate is `read (may fail)`. */
function factOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(factOf).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  return inOrder(value)
    .map(([name, each]) => (name === 'fate' ? `(${fateWords(String(each))})` : factOf(each)))
    .join(' ');
}

/** The fields in an order that does not hang on how a record keeps them. */
function inOrder(fields: object): [name: string, value: unknown][] {
  return Object.entries(fields).sort(([one], [other]) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1));
}

function rankOf(name: string): number {
  const rank = FIRST_FACTS.indexOf(name);
  return rank === -1 ? FIRST_FACTS.length : rank;
}
