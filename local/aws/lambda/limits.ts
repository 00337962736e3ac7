/**
 * The quotas of Lambda, and what this machine has in their place.
 * Sources: Lambda Developer Guide, "Lambda quotas" and "Understanding the Lambda execution environment lifecycle".
 */

/** Of the event of a call that waits for its result. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** 6 MB and some room for what Lambda adds. */
export const MAX_RESULT_BYTES = 6_291_556;

/** The first start of an environment may take no longer; then it starts again, within the function's time-out. */
export const INIT_LIMIT_MS = 10_000;
export const DEFAULT_MEMORY_MB = 512;
/** The parts of the memory that the Node.js runtime gives to V8. */
export const OLD_SPACE_SHARE = 0.9;
export const SEMI_SPACE_SHARE = 0.05;
/** Between two looks at the memory of an environment that is at work. */
export const MEMORY_CHECK_MS = 100;

/** Calls at once in the whole account. AWS's default is 1,000; each of these is a process here. */
export const MAX_CONCURRENCY = 24;
/** AWS says no more than that it keeps an idle environment for some time. */
export const IDLE_LIMIT_MS = 5 * 60_000;
