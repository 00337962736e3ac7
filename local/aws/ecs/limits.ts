/** Every limit and wait of the local Amazon ECS, with its unit in its name. */

export const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
export const MAX_STOP_TIMEOUT_SECONDS = 3_600;
export const MAX_DESIRED_COUNT = 100;

/** The limits of Amazon ECS's own API reference. */
export const MAX_PAGE_ITEMS = 100;
export const MAX_DESCRIBED_TASKS = 100;
export const MAX_DESCRIBED_SERVICES = 10;
export const MAX_DESCRIBED_CLUSTERS = 100;
export const MAX_PROTECTED_TASKS = 10;
export const MAX_REASON_CHARACTERS = 1024;
export const DEFAULT_PROTECTION_MINUTES = 120;
export const MAX_PROTECTION_MINUTES = 2_880;

/** Stopped container tasks stay describable this long, and at most so many of them: the oldest go first. */
export const STOPPED_TASK_KEPT_MS = 3_600_000;
export const MAX_STOPPED_TASKS = 1_000;

/** A container that ends by itself sooner than this has crashed. */
export const CRASH_RUN_MS = 10_000;
/** The first crash in a row costs no wait; the second one this much, and each further one twice the wait before. */
export const FIRST_CRASH_WAIT_MS = 500;
export const MAX_CRASH_WAIT_MS = 30_000;

/** A rejected delivery is tried again after this wait, then after twice the wait before; about five minutes in all. */
export const FIRST_DELIVERY_WAIT_MS = 100;
export const MAX_DELIVERY_WAIT_MS = 10_000;
export const MAX_DELIVERY_ATTEMPTS = 36;
/** Closing waits at most this long for deliveries under way. */
export const CLOSE_DELIVERIES_MS = 1_000;

/** Start-up waits at most this long for what a lost host left; what is still there then is waited for meanwhile. */
export const RECOVERY_WAIT_MS = 1_000;
export const RECOVERY_POLL_MS = 20;
