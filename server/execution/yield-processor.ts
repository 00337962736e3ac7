import { getPriority, setPriority } from 'node:os';

/** So much nicer than a server's own thread: it gets three times a handler's share where processors are scarce. */
const NICENESS = 5;

/**
 * Has the calling thread step back behind the server's own: handlers that burn all processors must not keep it from its heartbeat, or it
 * would be taken for lost. On Linux the priority is that of the thread; elsewhere it would be that of the whole process.
 */
export function yieldProcessor(): void {
  if (process.platform === 'linux') setPriority(Math.max(getPriority(), NICENESS));
}
