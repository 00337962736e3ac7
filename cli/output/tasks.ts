/** Tasks, events and what is waited for, as text. */
import type { JobEvent, Task, Waiting } from '#client/client';
import { inOrder } from '#client/facts';
import { waitsOn, waitWords } from '#domain/jobs/wait-words';
import { statusName } from '#domain/statuses';
import { onOneLine, tableOf } from './table.ts';
import { ageOf } from './times.ts';

const MAX_REASON_CHARACTERS = 60;
const MAX_NAMED = 3;

/** A list of tasks. */
export function tasksText(tasks: readonly Task[]): string {
  return tableOf<Task>(
    [
      { name: 'id', of: ({ taskId }) => taskId },
      { name: 'handler', of: ({ handler }) => handler },
      { name: 'status', of: ({ status }) => statusName(status) },
      { name: 'attempt', of: ({ attempt }) => attempt },
      { name: 'server', of: ({ serverId }) => serverId },
      { name: 'runs for', of: ({ startedAt, serverId }) => (serverId === undefined ? '' : ageOf(startedAt)) },
      { name: 'why', of: reasonOf },
    ],
    tasks,
    'There are no such tasks.',
  );
}

/** The story of a job, oldest first. */
export function eventsText(events: readonly JobEvent[]): string {
  return tableOf<JobEvent>(
    [
      { name: 'at', of: ({ at }) => at },
      { name: 'event', of: ({ type }) => type },
      { name: 'by', of: ({ by, byName }) => byName ?? by },
      { name: 'facts', of: factsOf },
    ],
    events,
    'There are no events.',
  );
}

/** What a job waits for, what can be done, and the jobs that take the slots, by the names that are known. */
export function waitingText(items: readonly Waiting[], names: ReadonlyMap<string, string> = new Map()): string {
  const table = tableOf<Waiting>(
    [
      { name: 'waits for', of: ({ for: wait }) => waitWords(wait) },
      { name: 'of', of: (item) => waitsOn(item) || waitingTasks(item) },
      { name: 'tasks', of: ({ tasks }) => tasks },
      { name: 'since', of: ({ since }) => since },
      { name: 'until', of: ({ until }) => until },
      { name: 'what can be done', of: ({ doNext }) => doNext },
    ],
    items,
    'It waits for nothing.',
  );
  return [table, ...items.flatMap((item) => takersText(item, names))].join('\n');
}

/** Some jobs that take the slots: those that are named. */
export function takersOf({ takenBy = [] }: Waiting): NonNullable<Waiting['takenBy']> {
  return takenBy.slice(0, MAX_NAMED);
}

function takersText(item: Waiting, names: ReadonlyMap<string, string>): string[] {
  const { of = '', takenBy = [] } = item;
  if (takenBy.length === 0) return [];
  const named = takersOf(item).map(({ jobId, tasks }) => {
    return `${[names.get(jobId), jobId].filter(Boolean).join(' ')} (${tasks} ${tasks === 1 ? 'task' : 'tasks'})`;
  });
  return [onOneLine(`The slots of ${of} are taken by ${named.join(', ')}${moreText(takenBy.length - named.length)}.`)];
}

function waitingTasks({ tasks, taskIds = [] }: Waiting): string {
  const named = taskIds.slice(0, MAX_NAMED);
  return `${named.join(', ')}${moreText((tasks ?? taskIds.length) - named.length)}`;
}

function moreText(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}

function reasonOf({ waitingFor, cause, attempts }: Task): string {
  const error = attempts.at(-1)?.error;
  const wait = waitingFor && `waits for ${waitWords(waitingFor)}`;
  const reason = wait ?? cause ?? (error === undefined ? '' : `${error.name}: ${error.message}`);
  return reason.length > MAX_REASON_CHARACTERS ? `${reason.slice(0, MAX_REASON_CHARACTERS - 3)}...` : reason;
}

function factsOf({ at: _at, type: _type, by: _by, byName: _byName, ...facts }: JobEvent): string {
  return inOrder(facts)
    .map(([name, value]) => `${name}=${factOf(value)}`)
    .join(' ');
}

function factOf(value: unknown): string {
  return typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value);
}
