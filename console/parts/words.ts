import { inOrder } from '#client/facts';
import { fateWords } from '#console/aborts/harm-done.ts';

const SHOWN_APART = new Set(['at', 'type', 'by', 'byName', 'jobId']);

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
