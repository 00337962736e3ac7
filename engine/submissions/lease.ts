/** The lease of a request that writes tasks. */

/**
 * No function that writes or removes tasks runs longer, and none leaves a write behind when it ends: the next holder
 * meets no late write.
 */
const LEASE_SECONDS = 60;

/** A write that was cut off may still be carried out: longer than any request to DynamoDB takes. */
const LANDING_SECONDS = 15;

/** The end of a lease that begins now. */
export function leaseEnd(): string {
  return secondsFromNow(LEASE_SECONDS);
}

/** The end of a lease whose holder gives up now: what it has sent may still land. */
export function landingEnd(): string {
  return secondsFromNow(LANDING_SECONDS);
}

/** Whether the lease is over: its request no longer lives. */
export function isOver(until: string): boolean {
  return until <= new Date().toISOString();
}

function secondsFromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
