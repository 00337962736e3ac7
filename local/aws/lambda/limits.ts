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
/** The parts of the memory that the Node.js runtime gives to V8. */
export const OLD_SPACE_SHARE = 0.9;
export const SEMI_SPACE_SHARE = 0.05;
/** Between two looks at the memory of an environment that is at work. */
export const MEMORY_CHECK_MS = 100;

/** Calls at once in the whole account, by AWS's default. */
export const MAX_CONCURRENCY = 1_000;
/** What a machine bears. When all of them are at work, a call waits until one is free. */
export const MAX_ENVIRONMENTS = 24;
/** Each start keeps a processor busy for most of its time. */
export const MAX_STARTS_AT_ONCE = 4;
/** AWS says no more than that it keeps an idle environment for some time. */
export const IDLE_LIMIT_MS = 5 * 60_000;

/** Of the event of an asynchronous call. */
export const MAX_ASYNC_EVENT_BYTES = 1024 * 1024;
/** Before the second and the third call with an event that failed. */
export const ERROR_WAITS_MS = [60_000, 120_000];
/** Before a throttled call is made again; it doubles each time. */
export const FIRST_THROTTLE_WAIT_MS = 1_000;
export const MAX_THROTTLE_WAIT_MS = 300_000;
export const MAX_EVENT_AGE_MS = 6 * 3600_000;
/** AWS says that events come twice and late, not how often. */
export const EVENT_TWICE_SHARE = 0.1;
export const EVENT_LATE_SHARE = 0.25;
export const MAX_EVENT_LATE_MS = 3_000;
/** How long closing waits for calls that still run. */
export const CLOSE_CALLS_MS = 1_000;
