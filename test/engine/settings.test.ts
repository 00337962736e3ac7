/** The settings of a function, each time in a new process, because a module loads once, with its environment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const RIGHT = {
  AWS_REGION: 'us-east-1',
  LASTCALL_TABLE_PREFIX: 'lastcall-',
  LASTCALL_CLUSTER: 'lastcall',
  LASTCALL_HEARTBEAT_SECONDS: '10',
  LASTCALL_DRAIN_SECONDS: '900',
  LASTCALL_STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:',
};

/** Loads the reaper as Lambda does, without calling it; returns its output. */
async function load(variables: Record<string, string>): Promise<string> {
  const program = `await import('./functions/schedules/reap.ts'); console.log('loaded');`;
  const options = { cwd: REPOSITORY, env: variables };
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], options);
  return ended.then(({ stdout }) => stdout.trim()).catch(({ stderr }) => String(stderr));
}

test('A function loads with all variables right', async () => {
  expect(await load(RIGHT)).toBe('loaded');
  expect(await load({ ...RIGHT, LASTCALL_HISTORY_DAYS: '30' })).toBe('loaded');
});

test.each(Object.keys(RIGHT).filter((name) => name.startsWith('LASTCALL_')))(
  'A function without %s fails at its start and names it',
  async (name) => {
    expect(await load(Object.fromEntries(Object.entries(RIGHT).filter(([key]) => key !== name)))).toContain(name);
  },
);

test.each([
  ['LASTCALL_HEARTBEAT_SECONDS', 'often'],
  ['LASTCALL_DRAIN_SECONDS', '0'],
  ['LASTCALL_HISTORY_DAYS', '-1'],
])('A function fails at its start if %s is "%s", and names it', async (name, value) => {
  expect(await load({ ...RIGHT, [name]: value })).toContain(name);
});
