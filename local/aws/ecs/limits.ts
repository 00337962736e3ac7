/** The limits and waits of the ECS stand-in. */

export const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
export const MAX_STOP_TIMEOUT_SECONDS = 3_600;
export const MAX_DESIRED_COUNT = 100;

/** From the API reference of Amazon ECS. */
export const MAX_PAGE_ITEMS = 100;
export const MAX_DESCRIBED_TASKS = 100;
export const MAX_DESCRIBED_SERVICES = 10;
export const MAX_DESCRIBED_CLUSTERS = 100;
export const MAX_PROTECTED_TASKS = 10;
export const MAX_REASON_CHARACTERS = 1024;
export const DEFAULT_PROTECTION_MINUTES = 120;
export const MAX_PROTECTION_MINUTES = 2_880;

/** How long stopped container tasks stay describable, and how many; the oldest are dropped first. */
export const STOPPED_TASK_KEPT_MS = 3_600_000;
export const MAX_STOPPED_TASKS = 1_000;

/** A container that ends by itself before this has crashed. */
export const CRASH_RUN_MS = 10_000;
/** The wait after the second crash in a row (none after the first). Each further crash doubles it. */
export const FIRST_CRASH_WAIT_MS = 500;
export const MAX_CRASH_WAIT_MS = 30_000;

/** The wait after a rejected delivery. Each further rejection doubles it; about five minutes in all. */
export const FIRST_DELIVERY_WAIT_MS = 100;
export const MAX_DELIVERY_WAIT_MS = 10_000;
export const MAX_DELIVERY_ATTEMPTS = 36;
/** How long closing waits for deliveries that still run. */
export const CLOSE_DELIVERIES_MS = 1_000;

/** How long a start waits for the processes of a lost host to end. Later ones are reported when they end. */
export const RECOVERY_WAIT_MS = 1_000;
export const RECOVERY_POLL_MS = 20;

/** Of the circuit breaker. Source: Amazon ECS API reference, ServiceDeploymentCircuitBreaker. */
export const BREAKER_SHARE = 0.5;
export const MIN_BREAKER_FAILURES = 3;
export const MAX_BREAKER_FAILURES = 200;

/**
 * With AWS's manners, all shorter than there: Fargate takes half a minute and more to place a task, and some time to
 * take back its network interface (developer guide, "Task lifecycle"); a task without a health check counts as healthy
 * after 40 s ("Service definition parameters").
 */
export const MIN_PLACING_MS = 100;
export const MAX_PLACING_MS = 1_500;
export const MAX_DEPROVISIONING_MS = 3_000;
export const HEALTHY_AFTER_MS = 1_000;
export const CHECK_SECOND_MS = 200;
export const UNSEEN_MS = 500;
export const MAX_EVENT_DELAY_MS = 2_000;
export const EVENT_TWICE_SHARE = 0.25;
