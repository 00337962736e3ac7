import { expect, test } from '@jest/globals';
import { processesOf } from '#test/support/flows/processes';
import { submitJob, tasksOf, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';

const isFunction = ({ command }: { command: string }) => command.includes('runtime-main.ts');
const start = () => startSystem({ args: ['--like-aws', '--servers', '1', '--heartbeat-seconds', '1'] });

/** A job runs to its end; then there are functions, most of them frozen. */
async function useSystem(system: System): Promise<void> {
  const { jobId } = await submitJob(system, { tasks: tasksOf(4, { handler: 'echo' }) });
  await untilFinal(system, jobId, 20_000);
  expect(processesOf(system.port).filter(isFunction)).not.toEqual([]);
}

test('a system like AWS runs a job, refuses in its words, and leaves nothing behind when it is stopped', async () => {
  const system = await start();
  await useSystem(system);
  const reply = await system.call('GET', '/jobs', { as: 'nobody' });
  expect(reply).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
  expect(system.output()).toContain('The seed of what happens by chance is 1 (LASTCALL_SEED).');
  expect(await system.stop()).toBe(0);
  expect(processesOf(system.port)).toEqual([]);
});

test('a system like AWS leaves nothing behind when it is killed', async () => {
  const system = await start();
  await useSystem(system);
  await system.kill9();
  await eventually(() => processesOf(system.port).length === 0);
});
