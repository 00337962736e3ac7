/** What has been started, to be closed in reverse order: at the end, and also when a start fails half-way. */

type Part = {
  readonly name: string;
  close(): void | Promise<void>;
  /** Ends the part at once; for a part whose `close` takes its time and that does not end with this process. */
  kill?(): void | Promise<void>;
};

export type Closing = {
  add(part: Part): void;
  /** Closes all, the last one first. A part that fails does not keep the others from it: the failures are thrown together. */
  close(): Promise<void>;
  /** Ends at once what has not closed yet, the part that is just closing included. */
  kill(): Promise<void>;
};

/** An empty list of parts. `close` may be repeated one after the other: each part is closed once. */
export function closingList(): Closing {
  const parts: Part[] = [];
  return {
    add: (part) => parts.push(part),
    close: async () => {
      const failures: Error[] = [];
      for (let part = parts.at(-1); part !== undefined; part = parts.at(-1)) {
        await closePart(part, failures);
        // Only now, so that `kill` also reaches the part that takes its time.
        parts.pop();
      }
      if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
    },
    kill: async () => {
      await Promise.allSettled(parts.map((part) => part.kill?.()));
    },
  };
}

async function closePart({ name, close }: Part, failures: Error[]): Promise<void> {
  try {
    await close();
  } catch (cause) {
    failures.push(new Error(`${name} did not stop as it should: ${cause}`, { cause }));
  }
}
