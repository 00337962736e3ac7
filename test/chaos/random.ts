/** Repeatable chance: the same seed draws the same numbers. */

export type Random = {
  /** At least 0, less than 1. */
  real(): number;
  /** From `least` to `most`, both included. */
  whole(least: number, most: number): number;
  chance(probability: number): boolean;
  /** Throws when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T;
  /** Picks a value as often as its weight says, compared with the others'. */
  weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): T;
};

/** Numbers by mulberry32, whose whole state is one number of 32 bits. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const real = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick: Random['pick'] = (items) => {
    const [found] = items.slice(Math.floor(real() * items.length));
    if (found === undefined) throw new Error('There is nothing to pick from.');
    return found;
  };
  return {
    real,
    whole: (least, most) => least + Math.floor(real() * (most - least + 1)),
    chance: (probability) => real() < probability,
    pick,
    weighted(entries) {
      let left = real() * entries.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of entries) {
        left -= weight;
        if (left < 0) return value;
      }
      return pick(entries)[1];
    },
  };
}
