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
  return Object.entries(event)
    .filter(([name]) => !SHOWN_APART.has(name))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
