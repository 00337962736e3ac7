/** EventBridge on this machine: calls functions on a schedule, and passes the events of ECS to them. */
import { randomUUID } from 'node:crypto';
import { pause } from '#processes/pause';

/** A function and the period of its calls. */
export type Schedule = { readonly name: string; readonly everySeconds: number };

type Invoke = (name: string, event: unknown) => Promise<unknown>;
type Setup = {
  readonly schedules: readonly Schedule[];
  readonly invoke: Invoke;
  readonly log: (line: string) => void;
};

/** Calls each function once per period, but never while `invoke` still runs. Logs a failed call and continues. */
export class Schedules {
  readonly #setup: Setup;
  readonly #closing = new AbortController();
  readonly #loops: readonly Promise<void>[];

  /** Starts the schedules; the first calls come after one period. */
  constructor(setup: Setup) {
    this.#setup = setup;
    this.#loops = setup.schedules.map((schedule) => this.#repeat(schedule));
  }

  /** Waits for the calls that still run. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#loops);
  }

  async #repeat({ name, everySeconds }: Schedule): Promise<void> {
    while (await pause(everySeconds * 1000, this.#closing.signal)) await this.#call(name);
  }

  async #call(name: string): Promise<void> {
    try {
      await this.#setup.invoke(name, scheduledEvent());
    } catch (error) {
      this.#setup.log(`The schedule of ${name} failed: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

/** Returns a listener that passes each event of ECS to the functions. It rejects when one of them fails. */
export function stateChangeListener(names: readonly string[], invoke: Invoke): (event: unknown) => Promise<void> {
  return async (event) => {
    await Promise.all(names.map((name) => invoke(name, event)));
  };
}

function scheduledEvent(): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: new Date().toISOString(),
    region: 'us-east-1',
    resources: [],
    detail: {},
  };
}
