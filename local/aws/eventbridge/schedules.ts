/** EventBridge on this machine: calls functions on a schedule, and on what ECS says. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { CatalogEntry } from '#functions/catalog/catalog';
import type { Invoke } from '#local/aws/lambda/lambda';

type Setup = {
  readonly catalog: readonly CatalogEntry[];
  readonly heartbeatSeconds: number;
  readonly invoke: Invoke;
  readonly log: (line: string) => void;
};

/**
 * Calls each scheduled function of the catalog once per period, never while its last run goes on. A run that fails is
 * logged, and the next one comes in its time. `close` waits for the runs that are under way.
 */
export function startSchedules(setup: Setup): { close(): Promise<void> } {
  const closing = new AbortController();
  const loops = setup.catalog.map(async ({ name, calledBy }) => {
    if (!('schedule' in calledBy)) return;
    const periodMs = calledBy.schedule.everyHeartbeats * setup.heartbeatSeconds * 1000;
    while (await passed(periodMs, closing.signal)) await run(setup, name);
  });
  return {
    close: async () => {
      closing.abort();
      await Promise.all(loops);
    },
  };
}

/** Gives each event of ECS to the functions of the catalog that are called by it; rejects when one of them fails. */
export function stateChangeListener({ catalog, invoke }: Pick<Setup, 'catalog' | 'invoke'>) {
  const names = catalog.flatMap(({ name, calledBy }) => ('event' in calledBy ? [name] : []));
  return async (event: unknown): Promise<void> => {
    await Promise.all(names.map((name) => invoke(name, event)));
  };
}

/** False when the wait was cut short. */
async function passed(periodMs: number, closing: AbortSignal): Promise<boolean> {
  return await wait(periodMs, true, { signal: closing }).catch(() => false);
}

async function run({ invoke, log }: Setup, name: string): Promise<void> {
  try {
    await invoke(name, scheduledEvent());
  } catch (error) {
    log(`The schedule of ${name} failed: ${error instanceof Error ? error.stack : error}`);
  }
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
