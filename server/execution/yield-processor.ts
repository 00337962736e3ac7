import { getPriority, setPriority } from 'node:os';

/** Niceness of handlers: where processors are scarce, the server's own thread gets three times a handler's share. */
const NICENESS = 5;

/**
 * Lowers the priority of the calling thread below that of the server's own. Otherwise handlers that use all processors could keep the
 * server from its heartbeat, and it would be declared lost. On Linux a thread has its own priority; elsewhere only a process has one.
 */
export function yieldProcessor(): void {
  if (process.platform === 'linux') setPriority(Math.max(getPriority(), NICENESS));
}
