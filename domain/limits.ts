/** Every limit that a caller can reach, with its unit in its name. The documentation quotes this file. */

export const MAX_BODY_BYTES = 5 * 1024 * 1024;
export const MAX_JSON_DEPTH = 32;
export const MAX_TASKS_PER_REQUEST = 10_000;
export const MAX_TASKS_PER_JOB = 200_000;
export const MAX_DEPENDENCIES_PER_TASK = 100;
export const MAX_DEPENDENTS_PER_TASK = 1_000;
export const MAX_GROUPS_PER_JOB = 10;
export const MAX_NAME_CHARACTERS = 200;
/** A longer name of a user is cut. */
export const MAX_USER_NAME_CHARACTERS = 100;
export const MAX_ID_CHARACTERS = 64;
export const MAX_HANDLER_CHARACTERS = 100;
/** The handlers that a server may have, with the built-in ones: each heartbeat rewrites the record that names them. */
export const MAX_HANDLERS_PER_SERVER = 250;
export const MAX_HANDLER_NAMES_BYTES = 8 * 1024;
export const MAX_REASON_CHARACTERS = 500;
export const MAX_INPUT_BYTES = 64 * 1024;
export const MAX_RESULT_BYTES = 64 * 1024;
export const MAX_ERROR_CHARACTERS = 1_000;
export const MAX_ERROR_NAME_CHARACTERS = 100;
/** The stacks of an error and its causes together. */
export const MAX_STACK_CHARACTERS = 4_000;
export const MAX_ERROR_CAUSES = 10;
export const MAX_RETRIES = 20;
export const MAX_ATTEMPTS_KEPT = 50;
/** Older attempts keep the name and the message of their error. */
export const MAX_ERRORS_IN_FULL = 3;
export const MIN_TIMEOUT_SECONDS = 0.001;
export const MAX_TIMEOUT_SECONDS = 7 * 24 * 3600;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 200;
/** The newest requests with a key that a job or an abort remembers: 1 KB of its record. */
export const MAX_REQUESTS_KEPT = 40;
export const MAX_CURSOR_CHARACTERS = 300;
/** How many values one filter of a list takes. */
export const MAX_VALUES_PER_FILTER = 20;
/** The problems of one request that a refusal lists. */
export const MAX_PROBLEMS_SHOWN = 20;
export const MAX_PAGE_ITEMS = 1_000;
export const DEFAULT_PAGE_ITEMS = 50;
/** A page ends at this size: one more read from DynamoDB (1 MB) must still fit into the reply of a Lambda (6 MB). */
export const MAX_PAGE_BYTES = 3 * 1024 * 1024;

/** The heap of a handler. One that fills it crashes alone, in a thread with a few exceptions. */
export const MAX_HEAP_MIB = 1_024;
/** What a handler's process, and the programs that it starts, may use beside the heap. */
export const MAX_BESIDE_HEAP_MIB = 512;

/** The average number of tasks in one shard; a larger job has more shards. */
export const TASKS_PER_SHARD = 1_000;

/** Up to this many tasks, the request that cancels or requeues a job passes over them; above, a workflow does. */
export const MAX_TASKS_PASSED_INLINE = 250;

/** The lease of a server: this many heartbeat periods from its last heartbeat. It starts tasks only in that time. */
export const MISSED_HEARTBEATS = 3;

/** A restartable task that ran on this many servers when they were lost is not run again. */
export const MAX_SERVER_LOSSES = 3;

/**
 * A task whose handler no live server has ends in Error after this many heartbeat periods: longer than the reaper takes
 * to see that a deployment is under way.
 */
export const UNKNOWN_HANDLER_HEARTBEATS = 4;
/** While a deployment is under way, such a task waits this long for the new servers. */
export const UNKNOWN_HANDLER_ROLLOUT_SECONDS = 600;

/**
 * The queue of nudges: how long a server waits for one at a time (SQS: at most 20), how long others do not see one that
 * a server has received, and when those that none has received expire (SQS: at least 60).
 */
export const NUDGE_WAIT_SECONDS = 20;
export const NUDGE_VISIBILITY_SECONDS = 5;
export const NUDGE_RETENTION_SECONDS = 60;

/** A heartbeat is late when it is older than this many periods. */
export const LATE_HEARTBEATS = 2;

/** A late server is lost if it is silent for this many leases more: one, but a look may come a little early. */
export const PROOF_LEASES = 0.8;

/** Two looks of the reaper at the servers, further apart than this many leases, prove nothing: it was away itself. */
export const LOOKS_APART_LEASES = 2;

/** At most this share of the fleet, and at least one server, is declared lost within one lease. */
export const LOST_SHARE = 1 / 3;

/** A server that was silent for this many leases is declared lost, however many others are. */
export const LONGER_PROOF_LEASES = 5;

/**
 * ECS does not know a container any more: a proof of its stop when it says so twice, this long apart. What it answers
 * may be this old ("RunTask" in its API reference tells callers to wait up to five minutes).
 */
export const MISSING_PROOF_SECONDS = 300;

/** How long the records of ended jobs, their tasks and events are kept, unless a setting says otherwise. */
export const DEFAULT_HISTORY_DAYS = 90;

/** How long an abort waits for the Executing tasks of a server, unless a setting says otherwise. */
export const DEFAULT_DRAIN_SECONDS = 900;

/** How long the record of a stopped server is kept if no abort restarted it. */
export const STOPPED_SERVER_KEPT_SECONDS = 24 * 3600;

/**
 * One abort takes at most 40 servers (an inline Map of Step Functions runs 40 branches at once), and servers with
 * 1,000 tasks in all (its record lists them). The next abort takes the rest.
 */
export const MAX_SERVERS_PER_ABORT = 40;
export const MAX_TASKS_PER_ABORT = 1_000;

/**
 * Requests a second that the API takes, and how many at once. More than all users together send: it keeps one user from
 * taking the whole Lambda concurrency of the account.
 */
export const API_REQUESTS_PER_SECOND = 200;
export const API_REQUESTS_AT_ONCE = 400;
