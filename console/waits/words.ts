/** What a job or a task waits for, in words. */
import type { Waiting } from '#console/api/types.ts';
import { waitsOn, waitWords } from '#domain/jobs/wait-words';

type What = Pick<Waiting, 'for' | 'of' | 'dependencies'>;

/** These do not end by themselves. */
const STUCK: readonly string[] = ['NoServerForGroup', 'NoServerForHandler', 'UnmanagedWait'];

/** `a server of the batch group night`, `other tasks (read, sort)`. */
export function awaited(wait: What): string {
  const on = waitsOn(wait);
  const words = waitWords(wait.for);
  if (on === '') return words;
  return lacksServer(wait) ? `${words} ${on}` : `${words} (${on})`;
}

/** Whether it takes somebody to end the wait. */
export function isStuck({ for: what }: Pick<What, 'for'>): boolean {
  return STUCK.includes(what);
}

/** Whether it waits because no live server can run it. */
export function lacksServer({ for: what }: Pick<What, 'for'>): boolean {
  return what === 'NoServerForGroup' || what === 'NoServerForHandler';
}
