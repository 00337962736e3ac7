/** Counts capacity units against the limits of tables, global indexes and partition keys. */
import { Buckets } from './buckets.ts';
import type { Limits } from './limits.ts';

/** A table or a global index. */
export type Place = {
  /** The table's name, and the index's name after a slash. */
  readonly name: string;
  readonly arn: string;
  readonly isIndex: boolean;
};

/** What a request needs at one place. */
export type Demand = {
  readonly place: Place;
  readonly kind: 'read' | 'write';
  /** The partition key's value; without it only the place's own limit counts, as for a Scan. */
  readonly partition?: string;
  /** Estimated before the request. */
  readonly units: number;
};

/** The throughput of all tables. */
export class Throughput {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #buckets: Buckets;

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#buckets = new Buckets(limits.burstSeconds);
  }

  /** The first demand with an empty bucket, if there is one. Takes nothing. */
  refused(demands: readonly Demand[]): Demand | undefined {
    const now = this.#now();
    return demands.find((demand) => this.#bucketsOf(demand).some((bucket) => bucket.isEmpty(now)));
  }

  /** Takes what the demands estimate, all or nothing. Returns the first demand that is refused, if one is. */
  admit(demands: readonly Demand[]): Demand | undefined {
    const refused = this.refused(demands);
    if (refused === undefined) for (const demand of demands) this.#take(demand, demand.units);
    return refused;
  }

  /** Corrects the estimates by what each place, by its name, has really consumed. */
  settle(demands: readonly Demand[], consumed: ReadonlyMap<string, number>): void {
    for (const [name, group] of Map.groupBy(demands, ({ place }) => place.name)) {
      const estimated = group.reduce((sum, { units }) => sum + units, 0);
      const factor = (consumed.get(name) ?? 0) / estimated;
      for (const demand of group) this.#take(demand, demand.units * factor - demand.units);
    }
  }

  #take(demand: Demand, units: number): void {
    for (const bucket of this.#bucketsOf(demand)) bucket.take(units, this.#now());
  }

  #bucketsOf({ place, kind, partition }: Demand) {
    const { table, partition: each } = this.#limits;
    const whole = this.#buckets.of(`${kind} ${place.name}`, table[kind], this.#now());
    if (partition === undefined) return [whole];
    return [whole, this.#buckets.of(`${kind} ${place.name} ${partition}`, each[kind], this.#now())];
  }
}
