import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, type Role } from '#domain/roles';
import { CATALOG } from '#functions/catalog/catalog';
import { startFunctions } from '#test/support/functions/functions';
import { admin, operator, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';

const functions = await startFunctions();
const { call, wire } = functions;
const routes = CATALOG.flatMap(({ name, calledBy }) =>
  'route' in calledBy && calledBy.role !== 'public'
    ? [{ name, role: calledBy.role, target: calledBy.route.replaceAll(/\{\w+\}/g, 'unknown') }]
    : [],
);
const below = (role: Role) => ROLES.slice(0, ROLES.indexOf(role));

/** The operations of DynamoDB during the run. */
async function asked(run: () => Promise<unknown>): Promise<string[]> {
  const operations: string[] = [];
  const stop = wire.onCall(({ operation }) => operations.push(operation));
  await run();
  stop();
  return operations;
}

describe.each(routes)('$target', ({ target, role }) => {
  test('is refused without a verified token, before anything is read', async () => {
    const reads = await asked(async () => {
      const reply = await call(target, { as: 'nobody' });
      expect(reply).toMatchObject(refused(401, 'Unauthorized'));
      expect(reply.headers['www-authenticate']).toBe('Bearer');
    });
    expect(reads).toEqual([]);
  });

  test(`is refused to callers below the role ${role}, before anything is read`, async () => {
    const reads = await asked(async () => {
      for (const roles of [[], ['Guest' as const], below(role)])
        expect(await call(target, { as: { user: 'mallory', roles } })).toMatchObject(refused(403, 'Forbidden'));
    });
    expect(reads).toEqual([]);
  });

  test(`is open to the role ${role} and those above it`, async () => {
    for (const enough of ROLES.filter((each) => !below(role).includes(each))) {
      const { status } = await call(target, { as: { user: 'mallory', roles: ['Reader', enough] } });
      expect([200, 400, 404]).toContain(status);
    }
  });
});

describe('Any caller', () => {
  test('reads that the API is up, and its version', async () => {
    expect(await call('GET /health', { as: 'nobody' })).toEqual({
      status: 200,
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: { status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
  });

  test('reads the description of the API', async () => {
    const { status, body } = await call('GET /openapi.json', { as: 'nobody' });
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    expect(await call('GET /job.schema.json', { as: 'nobody' })).toMatchObject({
      status: 200,
      body: { type: 'object' },
    });
  });

  test.each(['GET /', 'GET /jobs/', 'GET /jobs/a/b/c?d=e', 'POST /jobs//cancel'])(
    'is answered for %s that there is no such route',
    async (target) => {
      const reply = await call(target, { as: 'nobody', body: '{"any":', headers: { 'content-type': 'text/plain' } });
      expect(reply).toMatchObject(refused(404, 'NotFound'));
      expect(reply.body.detail).toContain(target.replace(/\?.*/, ''));
    },
  );

  test.each([
    ['DELETE /jobs', 'GET, POST'],
    ['PATCH /features/EnhancedBatchAbort', 'PUT'],
    ['GET /jobs/a/cancel', 'POST'],
    ['PUT /job.schema.json', 'GET'],
  ])('is answered for %s which methods the path takes', async (target, allow) => {
    const reply = await call(target, { as: 'nobody', body: '{"any":' });
    expect(reply).toMatchObject(refused(405, 'MethodNotAllowed'));
    expect([reply.headers.allow, reply.body.allow]).toEqual([allow, allow]);
  });

  test('reads where one signs in, and what the system is called', async () => {
    const { status, body } = await call('GET /console/config.json', { as: 'nobody' });
    expect([status, body]).toEqual([200, JSON.parse(process.env.LASTCALL_CONSOLE ?? '')]);
  });

  test('must send nothing where nothing is expected', async () => {
    expect(await call('GET /health?deep=1')).toMatchObject(refused(400, 'InvalidRequest'));
    expect(await call('GET /health', { body: { deep: true } })).toMatchObject(refused(400, 'InvalidRequest'));
  });
});

describe('A feature', () => {
  test('is off until an administrator turns it on', async () => {
    const actions = { change: { code: 'Forbidden', reason: 'This needs the role SystemAdministrator.' } };
    const off = { name: 'EnhancedBatchAbort', enabled: false, actions };
    expect((await call('GET /features', { as: reader })).body).toEqual({ items: [off] });
    const on = { ...off, enabled: true, changedBy: 'adam', changedAt: expect.any(String) };
    const put = await call('PUT /features/EnhancedBatchAbort', { as: admin, body: { enabled: true } });
    expect(put).toMatchObject({ status: 200, body: { ...on, actions: { change: true } } });
    expect((await call('GET /features', { as: reader })).body).toEqual({ items: [on] });
  });

  test('names the one who switched it last, not one before', async () => {
    const body = { enabled: true };
    const put = (claims: object) =>
      call('PUT /features/EnhancedBatchAbort', { as: admin, body, claims: { ...claims } });
    expect((await put({ name: 'Adam Ant' })).body).toMatchObject({ changedBy: 'adam', changedByName: 'Adam Ant' });
    await put({});
    const { items } = (await call('GET /features', { as: reader })).body;
    expect(items).toEqual([expect.not.objectContaining({ changedByName: expect.anything() })]);
  });

  test.each([{}, { enabled: 'yes' }, { enabled: true, force: true }])('is not switched by %j', async (body) => {
    expect(await call('PUT /features/EnhancedBatchAbort', { body })).toMatchObject(refused(400, 'InvalidRequest'));
  });

  test('that does not exist is not found', async () => {
    const put = await call('PUT /features/Teleport', { body: { enabled: true } });
    expect(put).toMatchObject(refused(404, 'NotFound'));
  });
});

describe('A batch group', () => {
  beforeAll(() => call('PUT /groups/night', { as: operator, body: { defaultPriority: 'Low' } }));

  test('has the default priority that was set last', async () => {
    const body = { defaultPriority: 'High' };
    const group = { batchGroup: 'night', ...body, changedBy: 'olga', changedAt: expect.any(String) };
    const may = { status: 200, body: { ...group, actions: { change: true } } };
    expect(await call('PUT /groups/night', { as: operator, body })).toMatchObject(may);
    const actions = { change: { code: 'Forbidden', reason: 'This needs the role BatchJobManager.' } };
    expect((await call('GET /groups', { as: reader })).body.items).toContainEqual({ ...group, actions });
  });

  test('sets the priority of its jobs that name none', async () => {
    const job = { name: 'n', batchGroup: 'night', tasks: [{ handler: 'echo' }] };
    expect((await call('POST /jobs', { body: job })).body).toMatchObject({ priority: 'High' });
    expect((await call('POST /jobs', { body: { ...job, priority: 'Low' } })).body).toMatchObject({ priority: 'Low' });
  });

  test.each(['PUT /groups/a%20b', 'PUT /groups/*'])('has a plain name, unlike that of %s', async (target) => {
    const put = await call(target, { body: { defaultPriority: 'Low' } });
    expect(put).toMatchObject(refused(400, 'InvalidRequest'));
  });
});

testTouches(functions, [
  'get-job-schema',
  'get-console-config',
  'get-health',
  'get-openapi',
  'refuse-route',
  'list-features',
  'set-feature',
  'list-groups',
  'set-group',
]);
