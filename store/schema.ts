/**
 * The tables, as data: the CDK app and the local host both create them from here, so that they cannot drift apart.
 * All keys are strings. Billing is on demand.
 */

/** An index of a table. */
export type IndexSchema = {
  readonly name: string;
  readonly kind: 'local' | 'global';
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Attributes beside the keys; KEYS_ONLY if absent. */
  readonly includes?: readonly string[];
};

/** A table: its name without prefix, its keys and indexes. */
export type TableSchema = {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly IndexSchema[];
  /** The attribute with the expiry in epoch seconds, if records expire. */
  readonly expiry?: string;
};

export const TABLES = {
  jobs: {
    name: 'jobs',
    partitionKey: 'jobId',
    indexes: [
      // By phase, not by status: a change of status then rewrites the entry and does not move it (1 WCU, not 2).
      {
        name: 'byPhase',
        kind: 'global',
        partitionKey: 'phase',
        sortKey: 'jobId',
        includes: ['status', 'batchGroup', 'name', 'createdBy', 'priority'],
      },
      // Sparse: only jobs that may run and may have Ready tasks.
      {
        name: 'dispatch',
        kind: 'global',
        partitionKey: 'dispatchGroup',
        sortKey: 'rank',
        includes: ['shards', 'batchGroups', 'priority'],
      },
    ],
    expiry: 'expiresAt',
  },
  tasks: {
    name: 'tasks',
    partitionKey: 'shardId',
    sortKey: 'taskId',
    indexes: [
      // Present while the task is not final. Its key never changes, so that a Query cannot miss an open task.
      { name: 'byOpen', kind: 'local', partitionKey: 'shardId', sortKey: 'openKey' },
      // Ready tasks by their turn, and after them by status those that wait or did not finish. A task that is cancelled
      // before its start keeps its key.
      { name: 'byReady', kind: 'local', partitionKey: 'shardId', sortKey: 'readyKey' },
      // Present while a server holds the task and it is open, with what a plan shows of it.
      {
        name: 'byServer',
        kind: 'global',
        partitionKey: 'serverId',
        sortKey: 'openKey',
        includes: ['jobId', 'status', 'handler', 'startedAt', 'restartable', 'losses', 'claimId', 'attempt', 'run'],
      },
    ],
    expiry: 'expiresAt',
  },
  // What each process has changed in the counts of a job, by run and process.
  counts: { name: 'counts', partitionKey: 'jobId', sortKey: 'part', indexes: [], expiry: 'expiresAt' },
  // Idempotency keys, by the hash of user and key.
  reservations: { name: 'reservations', partitionKey: 'keyHash', indexes: [], expiry: 'expiresAt' },
  // Tasks that a request has left to the workflow, compressed.
  submissions: { name: 'submissions', partitionKey: 'partId', indexes: [], expiry: 'expiresAt' },
  servers: {
    name: 'servers',
    partitionKey: 'serverId',
    // A heartbeat changes nothing in it.
    indexes: [
      {
        name: 'byPhase',
        kind: 'global',
        partitionKey: 'phase',
        sortKey: 'startedAt',
        includes: ['status', 'batchGroups'],
      },
      // Sparse: only servers that an abort drains or has stopped, until another has taken their place.
      { name: 'unreplaced', kind: 'global', partitionKey: 'unreplaced' },
    ],
    expiry: 'expiresAt',
  },
  aborts: {
    name: 'aborts',
    partitionKey: 'abortId',
    indexes: [
      { name: 'byJob', kind: 'global', partitionKey: 'jobId', sortKey: 'abortId' },
      { name: 'byPhase', kind: 'global', partitionKey: 'phase', sortKey: 'abortId' },
    ],
    expiry: 'expiresAt',
  },
  // Abort plans that were shown and can be confirmed.
  plans: { name: 'plans', partitionKey: 'jobId', sortKey: 'planId', indexes: [], expiry: 'expiresAt' },
  events: {
    name: 'events',
    partitionKey: 'jobId',
    sortKey: 'eventId',
    // Sparse: only what people did, and how aborts ended.
    indexes: [{ name: 'byMonth', kind: 'global', partitionKey: 'month', sortKey: 'eventId', includes: ['type', 'by'] }],
    expiry: 'expiresAt',
  },
  features: { name: 'features', partitionKey: 'name', indexes: [] },
  runTimes: { name: 'run-times', partitionKey: 'handler', indexes: [] },
  // How far the reaper is in its round over the open jobs, and its last look at the servers.
  rounds: { name: 'rounds', partitionKey: 'name', indexes: [] },
  // Whether the servers sleep.
  fleet: { name: 'fleet', partitionKey: 'name', indexes: [] },
  groups: { name: 'groups', partitionKey: 'batchGroup', indexes: [] },
} as const satisfies Record<string, TableSchema>;
/** The name of a table in the code; `TABLES` has the one in DynamoDB. */
export type TableName = keyof typeof TABLES;
