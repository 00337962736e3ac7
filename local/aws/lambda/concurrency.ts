/** How many calls may run at once. */
import { TooManyRequests } from './errors.ts';
import type { FunctionProgram } from './program.ts';

class TooMuchReserved extends Error {
  override readonly name = 'TooMuchReserved';
}

/**
 * Counts the calls that run. A function with reserved concurrency has that for itself and no more; the others share
 * what is left of the account's.
 * Source: Lambda Developer Guide, "Understanding Lambda function scaling" and "Configuring reserved concurrency".
 */
export class Concurrency {
  readonly #left = new Map<string, number>();
  #unreserved: number;

  /** @throws TooMuchReserved if nothing is left for the functions without a reservation */
  constructor(programs: readonly FunctionProgram[], maxConcurrency: number) {
    for (const { name, reservedConcurrency } of programs) {
      if (reservedConcurrency !== undefined) this.#left.set(name, reservedConcurrency);
    }
    this.#unreserved = maxConcurrency - [...this.#left.values()].reduce((sum, reserved) => sum + reserved, 0);
    if (this.#unreserved >= 1) return;
    throw new TooMuchReserved(`The functions reserve all of the ${maxConcurrency} calls at once that exist here.`);
  }

  /**
   * Runs a call of the function.
   * @throws TooManyRequests if as many run as may
   */
  async run<T>(name: string, act: () => Promise<T>): Promise<T> {
    if ((this.#left.get(name) ?? this.#unreserved) < 1) throw new TooManyRequests();
    this.#add(name, -1);
    try {
      return await act();
    } finally {
      this.#add(name, 1);
    }
  }

  #add(name: string, count: number): void {
    const reserved = this.#left.get(name);
    if (reserved === undefined) this.#unreserved += count;
    else this.#left.set(name, reserved + count);
  }
}
