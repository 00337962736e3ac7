/** Who may call which route, by the roles of the catalog and by whose job it is. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, type Role } from '#domain/roles';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { submitJob } from '#test/support/flows/records';
import { callWrongly, mayNot, PROTECTED, ROUTES } from '#test/support/flows/routes';

let system: AnySystem;
/** Jobs in Withhold, of the system administrator and of the batch user. */
let jobId: string;
let ownJobId: string;
beforeAll(async () => {
  system = await openSystem();
  const held = { hold: true, tasks: [{ handler: 'echo' }] };
  ({ jobId } = await submitJob(system, held));
  ownJobId = (await submitJob(system, held, { as: 'BatchUser' })).jobId;
});

test('the description of the API and the health are for everyone; the catalog has no other public route', async () => {
  const open = ROUTES.filter(({ role }) => role === 'public');
  expect(open.map(({ path }) => path).sort()).toEqual([
    '/console/config.json',
    '/health',
    '/job.schema.json',
    '/openapi.json',
  ]);
  for (const route of open) {
    expect(await callWrongly(system, route, { jobId, as: 'nobody' })).toMatchObject({ status: 200 });
  }
});

describe.each(PROTECTED)('$method $path', (route) => {
  test.each<[string, 'nobody' | { token: string }]>([
    ['without a token', 'nobody'],
    ['with text that is no token', { token: 'x.y.z' }],
  ])('refuses a call %s', async (_what, as) => {
    const reply = await callWrongly(system, route, { jobId, as });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test.each(ROLES)('takes or refuses a %s as the catalog says', async (role) => {
    const needed = ROLES.indexOf(route.role);
    const reply = await callWrongly(system, route, { jobId, as: role });
    const others = route.ownJobs && role === 'BatchUser';
    if (ROLES.indexOf(role) < needed) expect(reply).toMatchObject(mayNot(403, 'Forbidden'));
    // What the caller has sent is looked at before whose job it is.
    else expect([401, 403].includes(reply.status)).toBe(false);
    if (others) expect(reply.status).toBe(400);
  });
});

describe("another user's job", () => {
  const good: Record<string, object | undefined> = {
    '/jobs/{jobId}/tasks': { tasks: [{ handler: 'echo' }] },
    '/jobs/{jobId}/priority': { priority: 'High' },
  };
  const own = ROUTES.filter(({ ownJobs }) => ownJobs);

  test.each(own)('cannot be changed by a BatchUser: $method $path', async ({ method, path }) => {
    const body = good[path] ?? {};
    const target = path.replace('{jobId}', jobId);
    expect(await system.call(method, target, { as: 'BatchUser', body })).toMatchObject(mayNot(403, 'Forbidden'));
    const { body: job } = await system.call('GET', `/jobs/${jobId}`);
    expect(job).toMatchObject({ status: 'Withhold', taskTotal: 1, priority: 'Normal' });
  });

  test('may be read by every Reader, and changed by its owner and by a BatchJobManager', async () => {
    expect(await system.call('GET', `/jobs/${ownJobId}/tasks`, { as: 'Reader' })).toMatchObject({ status: 200 });
    const raise = (as: Role, priority: string) =>
      system.call('PUT', `/jobs/${ownJobId}/priority`, { as, body: { priority } });
    expect(await raise('BatchUser', 'High')).toMatchObject({ status: 200 });
    expect(await raise('BatchJobManager', 'Normal')).toMatchObject({ status: 200 });
    const cancelled = await system.call('POST', `/jobs/${ownJobId}/cancel`, { as: 'BatchUser', body: {} });
    expect(cancelled).toMatchObject({ status: 202 });
  });
});
