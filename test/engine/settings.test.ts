/** The settings of a function, each time with new modules. */
import { expect, test } from '@jest/globals';
import { load, RIGHT } from '#test/support/functions/load';

const REAPER = 'schedules/reap';
const ROUTE = 'http/list-jobs';
const CONFIG = 'http/get-console-config';
const ROUTES_ALONE = ['LASTCALL_CONSOLE', 'LASTCALL_ROLES', 'LASTCALL_ROLES_CLAIMS'];

test('A function loads with all variables right', async () => {
  expect(await load([REAPER], RIGHT)).toEqual(['loaded']);
  expect(await load([REAPER, ROUTE], { ...RIGHT, LASTCALL_HISTORY_DAYS: '30' })).toEqual(['loaded', 'loaded']);
});

test.each(Object.keys(RIGHT).filter((name) => name.startsWith('LASTCALL_')))(
  'A function without %s fails at its start and names it',
  async (name) => {
    const others = Object.fromEntries(Object.entries(RIGHT).filter(([key]) => key !== name));
    const [route, reaper] = await load([name === 'LASTCALL_CONSOLE' ? CONFIG : ROUTE, REAPER], others);
    expect(route).toContain(name);
    expect(reaper).toContain(ROUTES_ALONE.includes(name) ? 'loaded' : name);
  },
);

test.each([
  ['LASTCALL_HEARTBEAT_SECONDS', 'often'],
  ['LASTCALL_DRAIN_SECONDS', '0'],
  ['LASTCALL_SLOTS', '0'],
  ['LASTCALL_BATCH_GROUPS', 'a,*'],
  ['LASTCALL_MIN_SERVERS', '-1'],
  ['LASTCALL_MAX_SERVERS', '1.5'],
  ['LASTCALL_WAKE_SERVERS', '-1'],
  ['LASTCALL_HISTORY_DAYS', '-1'],
  ['LASTCALL_ROLES', 'Reader'],
  ['LASTCALL_ROLES', '{"Ops":"Root"}'],
  ['LASTCALL_ROLES_CLAIMS', ''],
  ['LASTCALL_ROLES_CLAIMS', 'groups,,scope'],
])('A function fails at its start if %s is "%s", and names it', async (name, value) => {
  expect(await load([ROUTE], { ...RIGHT, [name]: value })).toEqual([expect.stringContaining(name)]);
});

test('Wrong names of roles are described in words, with what is right', async () => {
  const said = async (value: string) => String((await load([ROUTE], { ...RIGHT, LASTCALL_ROLES: value }))[0]);
  expect(await said('Reader')).toContain('LASTCALL_ROLES is not JSON: "Reader". Right are for example');
  expect(await said('[]')).toContain('LASTCALL_ROLES must be an object.');
  expect(await said('{"Ops":"Root"}')).toContain(
    'LASTCALL_ROLES.Ops must be one of Reader, BatchUser, BatchJobManager, SystemAdministrator.',
  );
});
