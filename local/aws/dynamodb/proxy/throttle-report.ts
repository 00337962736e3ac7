/** Logs what is throttled, so that one sees which limit a workload meets. */
import type { Demand } from '#local/aws/dynamodb/proxy/throughput/throughput';

const INTERVAL_MS = 10_000;

type Counts = { read: number; write: number; partition: string | undefined };

/** At most one line in ten seconds for each table and each global index. */
export class ThrottleReport {
  readonly #log: (line: string) => void;
  readonly #counts = new Map<string, Counts>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  count({ place, kind, partition }: Demand): void {
    const counts = this.#counts.get(place.name) ?? { read: 0, write: 0, partition };
    counts[kind] += 1;
    this.#counts.set(place.name, counts);
    this.#timer ??= setTimeout(() => this.#print(), INTERVAL_MS).unref();
  }

  /** Logs what has been counted since the last line. */
  close(): void {
    clearTimeout(this.#timer);
    this.#print();
  }

  #print(): void {
    this.#timer = undefined;
    for (const [name, { read, write, partition }] of this.#counts) {
      const example = partition === undefined ? '' : `, for example of the partition key ${plain(partition)}`;
      this.#log(`DynamoDB throttled ${read} reads and ${write} writes of ${name} within 10 s${example}`);
    }
    this.#counts.clear();
  }
}

/** The value alone of a key as requests have it, such as `{"S":"job-1"}`. */
function plain(partition: string): string {
  const [value] = Object.values(Object(JSON.parse(partition)));
  return String(value);
}
