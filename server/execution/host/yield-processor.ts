import { getPriority, setPriority } from 'node:os';

/** Niceness of handlers: where processors are scarce, the server's own thread gets three times a handler's share. */
const NICENESS = 5;

/**
 * Lowers the priority of the calling thread: handlers that use all processors must not keep the server from its
 * heartbeat, or it would be declared lost. On Linux each thread has a priority; elsewhere only a whole process has one.
 */
export function yieldProcessor(): void {
  if (process.platform === 'linux') setPriority(Math.max(getPriority(), NICENESS));
}
