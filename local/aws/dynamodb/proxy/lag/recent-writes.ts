/** What global indexes do not know yet: items that were written just now, as they were before. */
import { Chance } from '#local/aws/chance';
import type { Table } from '#local/aws/dynamodb/proxy/catalog';
import { imageName } from '#local/aws/dynamodb/proxy/images';
import type { Attributes } from '#local/aws/dynamodb/proxy/requests/expressions';

type Recent = { readonly old: Attributes | undefined; readonly until: number };

/** More than a table on demand takes in at first within a lag. */
const MAX_RECENT = 10_000;

/** Remembers old images for a random time each, up to the lag. */
export class RecentWrites {
  readonly #lagMs: number;
  readonly #now: () => number;
  readonly #chance: Chance;
  readonly #byTable = new Map<string, Map<string, Recent>>();

  constructor({ lagMs, now, seed }: { lagMs: number; now: () => number; seed: number }) {
    this.#lagMs = lagMs;
    this.#now = now;
    this.#chance = new Chance(seed);
  }

  /** Called before a write. If the item is remembered already, indexes do not know its present image either. */
  remember(table: Table, item: Attributes, old: Attributes | undefined): void {
    const recent = this.#recentOf(table);
    const name = imageName({ table, item });
    if (recent.has(name) || recent.size >= MAX_RECENT) return;
    recent.set(name, { old, until: this.#now() + this.#chance.draw() * this.#lagMs });
  }

  /** The old images by `imageName`; undefined for items that did not exist. */
  of(table: Table): ReadonlyMap<string, Attributes | undefined> {
    return new Map([...this.#recentOf(table)].map(([name, { old }]) => [name, old]));
  }

  #recentOf({ place }: Table): Map<string, Recent> {
    const recent = this.#byTable.get(place.name) ?? new Map<string, Recent>();
    for (const [name, { until }] of recent) if (until <= this.#now()) recent.delete(name);
    this.#byTable.set(place.name, recent);
    return recent;
  }
}
