/** What it takes to run a handler that does nothing: in a slot's process, in a thread, and for the first time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Executor } from '#server/execution/executor';
import type { Isolation } from '#server/sdk';
import type { Figure } from './figures.ts';

const SOURCE = `
const returning = (isolation) => ({ name: isolation, isolation, run: () => 1 });
export default [
  returning('process'),
  returning('thread'),
  { name: 'hold', run: () => new Promise(() => setTimeout(() => {}, 3_600_000)) },
];
`;
const ROUNDS = 5;

/** Both isolations take turns, so that what else the machine does bears on both alike. Milliseconds each. */
export async function measureDispatch(attempts: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-dispatch-'));
  const handlersFile = join(folder, 'handlers.mts');
  writeFileSync(handlersFile, SOURCE);
  const executor = await Executor.open({ slots: 2, handlersFile, log: () => undefined });
  const isolations: Isolation[] = ['process', 'thread'];
  // The first slot has loaded the handlers at the start: while this attempt holds it, the second one is new.
  const held = executor.start({ jobId: 'j', taskId: 'held', attempt: 1, handler: 'hold', input: null });
  const first = new Map<Isolation, number>();
  for (const each of isolations) first.set(each, await time(executor, each, 1));
  held.stop();
  await held.ended;
  const best = new Map<Isolation, number>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const each of isolations)
      best.set(each, Math.min(best.get(each) ?? Number.POSITIVE_INFINITY, await time(executor, each, attempts)));
  await executor.close();
  rmSync(folder, { recursive: true });
  return isolations.flatMap((each) => [
    { what: `${each}: one of ${attempts}, best of ${ROUNDS} rounds`, measured: best.get(each) ?? 0, unit: 'ms' },
    { what: `${each}: the first`, measured: first.get(each) ?? 0, unit: 'ms' },
  ]);
}

async function time(executor: Executor, handler: Isolation, attempts: number): Promise<number> {
  const startedMs = performance.now();
  for (let attempt = 1; attempt <= attempts; attempt += 1)
    await executor.start({ jobId: 'j', taskId: 't', attempt, handler, input: null }).ended;
  return (performance.now() - startedMs) / attempts;
}
