/** Every limit that a caller can meet, with its unit in its name. The documentation quotes this file. */

export const MAX_BODY_BYTES = 5 * 1024 * 1024;
export const MAX_JSON_DEPTH = 32;
export const MAX_TASKS_PER_REQUEST = 10_000;
export const MAX_TASKS_PER_JOB = 200_000;
export const MAX_DEPENDENCIES_PER_TASK = 100;
export const MAX_DEPENDENTS_PER_TASK = 1_000;
export const MAX_GROUPS_PER_JOB = 10;
export const MAX_NAME_CHARACTERS = 200;
export const MAX_ID_CHARACTERS = 64;
export const MAX_HANDLER_CHARACTERS = 100;
export const MAX_REASON_CHARACTERS = 500;
export const MAX_INPUT_BYTES = 64 * 1024;
export const MAX_RESULT_BYTES = 64 * 1024;
export const MAX_ERROR_CHARACTERS = 1_000;
export const MAX_ERROR_NAME_CHARACTERS = 100;
export const MAX_RETRIES = 20;
export const MAX_ATTEMPTS_KEPT = 50;
export const MIN_TIMEOUT_SECONDS = 0.001;
export const MAX_TIMEOUT_SECONDS = 7 * 24 * 3600;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 200;
export const MAX_CURSOR_CHARACTERS = 200;
export const MAX_PAGE_ITEMS = 1_000;
export const DEFAULT_PAGE_ITEMS = 50;
/** A page ends when it has so much: one more read from DynamoDB (1 MB) must still fit into what a Lambda function may answer (6 MB). */
export const MAX_PAGE_BYTES = 3 * 1024 * 1024;

/** Tasks that one partition of a job holds on average; a larger job spreads over more. */
export const TASKS_PER_SHARD = 1_000;

/** Jobs up to this many tasks are passed over within the request that cancels or requeues them; larger ones by the workflow of that. */
export const MAX_TASKS_PASSED_INLINE = 250;

/** A heartbeat that is this many beats old declares its server lost. */
export const MISSED_HEARTBEATS = 3;

/** Finished jobs, their tasks' and their events' records are kept so long unless configured otherwise. */
export const DEFAULT_HISTORY_DAYS = 90;

/** How long an abort lets the Executing tasks of a server end, unless configured otherwise. */
export const DEFAULT_DRAIN_SECONDS = 900;

/** The record of a stopped server that no abort has restarted is kept so long. */
export const STOPPED_SERVER_KEPT_SECONDS = 24 * 3600;

/**
 * An abort takes on so many servers (an inline Map of Step Functions runs 40 branches at once), and servers that run so many tasks (its record
 * holds each of them). What is left is for the next abort.
 */
export const MAX_SERVERS_PER_ABORT = 40;
export const MAX_TASKS_PER_ABORT = 1_000;
