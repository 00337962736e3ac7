/** Closes the parts of the host in reverse order, at the end or after a start that failed half-way. */
import { CloseFailed } from './errors.ts';

type Part = {
  readonly name: string;
  close(): void | Promise<void>;
  /** Ends the part at once. For a part that closes slowly and would outlive this process. */
  kill?(): void | Promise<void>;
};

/** The parts that have started and must be closed. */
export class Closing {
  readonly #parts: Part[] = [];

  /** Adds a part that has started. */
  add(part: Part): void {
    this.#parts.push(part);
  }

  /**
   * Closes all parts, the last one first, each once. A failing part does not stop the others. May be repeated.
   * @throws AggregateError of a CloseFailed for each part that failed
   */
  async close(): Promise<void> {
    const failures: Error[] = [];
    for (let part = this.#parts.at(-1); part !== undefined; part = this.#parts.at(-1)) {
      await closePart(part, failures);
      // Only now: `kill` must also reach the part that is still closing.
      this.#parts.pop();
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  /** Ends all parts at once that have not closed yet, the one that is just closing included. */
  async kill(): Promise<void> {
    await Promise.allSettled(this.#parts.map((part) => part.kill?.()));
  }
}

async function closePart(part: Part, failures: Error[]): Promise<void> {
  try {
    await part.close();
  } catch (cause) {
    failures.push(new CloseFailed(`${part.name} did not stop as it should: ${cause}`, { cause }));
  }
}
