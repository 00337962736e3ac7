/** The lease of a request that writes tasks. */

/**
 * No function that writes or removes tasks runs longer, and none leaves a write behind when it ends: the next holder
 * meets no late write.
 */
const LEASE_SECONDS = 60;

/** The end of a lease that begins now. */
export function leaseEnd(): string {
  return new Date(Date.now() + LEASE_SECONDS * 1000).toISOString();
}

/** Whether the lease is over: its request no longer lives. */
export function isOver(until: string): boolean {
  return until <= new Date().toISOString();
}
