/** The budgets of capacity hold. The engine counts exactly: this does not depend on the machine. */
import { expect, test } from '@jest/globals';
import { measureCapacity } from '#bench/capacity';
import { isOver } from '#bench/figures';
import { startStore } from '#test/support/store/engine';

await startStore();

test('no operation costs more than its budget', async () => {
  const figures = await measureCapacity();
  expect(figures.filter(isOver)).toEqual([]);
  expect(figures.filter(({ atMost }) => atMost !== undefined).map(({ what, unit }) => `${what}: ${unit}`)).toEqual([
    'create a task: WCU',
    'create a task: requests',
    'accept a job: WCU',
    'accept a job: RCU',
    'claim a task: WCU',
    'claim a task: RCU',
    'finish a task: WCU',
    'finish a task: RCU',
    'create, claim and finish a task with a 4 kB input: WCU',
    'cancel a job of 500 tasks, until accepted: WCU',
    'cancel a job of 500 tasks, until accepted: RCU',
    'pass over a cancelled task: WCU',
    'pass over a cancelled task: requests',
    'pass over a requeued task: WCU',
    'pass over a requeued task: requests',
    'heartbeat of an idle server: WCU',
    'heartbeat of an idle server: RCU',
    'look of a server at rest: WCU',
    'look of a server at rest: RCU',
    'look of a server at rest: requests',
    'look everywhere in a batch group: WCU',
    'look everywhere in a batch group: RCU',
    'look everywhere in a batch group: requests',
    'read a job of 500 tasks, 16 servers: RCU',
    'read what a job of 500 tasks waits for: RCU',
    'read a list of 50 jobs, 16 servers each: RCU',
  ]);
  // A meter that counts nothing would keep to every budget.
  expect(figures.find(({ what, unit }) => what === 'create a task' && unit === 'WCU')?.measured).toBe(3);
});
