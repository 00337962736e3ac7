/** DynamoDB's limits of throughput, with their sources in its developer guide. */

/** Capacity units a second. */
type Rates = { readonly read: number; readonly write: number };

/** What the proxy allows. */
export type Limits = {
  /** For each partition key of a table and of a global index. */
  readonly partition: Rates;
  /** For each table and each global index. */
  readonly table: Rates;
  /** For how many seconds unused units are kept. */
  readonly burstSeconds: number;
  /** The longest time until a global index knows a write. */
  readonly indexLagMs: number;
};

export const AWS_LIMITS: Limits = {
  // "Designing partition keys to distribute your workload": 3,000 read and 1,000 write units a second each.
  partition: { read: 3_000, write: 1_000 },
  // "On-demand capacity mode", "Initial throughput": a new table serves 12,000 reads and 4,000 writes a second.
  // It grows within 30 minutes of a new peak. Here it does not grow: the first half hour is the hard one.
  table: { read: 12_000, write: 4_000 },
  // "Burst and adaptive capacity": up to 300 s, on best effort and never above a partition's limit. So one second.
  burstSeconds: 1,
  // "Using Global Secondary Indexes": changes reach an index within a fraction of a second.
  indexLagMs: 200,
};
