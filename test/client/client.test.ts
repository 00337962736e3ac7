/** The client: what it sends, what it repeats, and what it makes of refusals. */
import { describe, expect, test } from '@jest/globals';
import { Client, Refused, Unreachable } from '#client/client';
import { scriptApi } from '#test/support/client/scripted-api';

const BUSY = { status: 503, headers: { 'retry-after': '0' }, body: { code: 'Unavailable', detail: 'Busy.' } };
const REFUSED = { status: 401, body: { code: 'Unauthorized', detail: 'No.' } };
const JOB = { jobId: 'j1', status: 'Executing' };

describe('a call', () => {
  test('fills in the path, the query and the body', async () => {
    const api = await scriptApi({ body: { items: [] } }, { body: JOB });
    const client = new Client({ url: `${api.url}/`, token: () => 'secret' });
    await client.call('GET /jobs/{jobId}/tasks', { path: { jobId: 'a/b' }, query: { limit: 5, status: 'Ready' } });
    await client.call('POST /jobs/{jobId}/cancel', { path: { jobId: 'j1' }, body: { reason: 'why' } });
    expect(api.asked.map(({ line }) => line)).toEqual([
      'GET /jobs/a%2Fb/tasks?limit=5&status=Ready',
      'POST /jobs/j1/cancel',
    ]);
    expect(api.asked[1]).toMatchObject({ body: '{"reason":"why"}', headers: { authorization: 'Bearer secret' } });
  });

  test('throws a refusal with all its members', async () => {
    const problem = { code: 'WrongStatus', detail: 'It has ended.', currentStatus: 'Finished', requestId: 'r1' };
    const { url } = await scriptApi({ status: 409, body: problem });
    const failed = await new Client({ url }).call('GET /health').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Refused);
    expect(failed).toMatchObject({ code: 'WrongStatus', status: 409, message: 'It has ended.', problem });
  });

  test('throws a refusal for a reply that is not JSON, too', async () => {
    const { url } = await scriptApi({ status: 404, body: 'Not here' });
    await expect(new Client({ url }).call('GET /health')).rejects.toMatchObject({ code: 'NotFound', status: 404 });
  });

  test('says which system does not answer', async () => {
    const url = 'http://127.0.0.1:9';
    const call = new Client({ url }).call('PUT /features/{name}', { path: { name: 'x' }, body: { enabled: true } });
    await expect(call).rejects.toThrow(Unreachable);
    await expect(call).rejects.toThrow(url);
  });
});

describe('a repeat', () => {
  test('of a GET follows while the API is busy', async () => {
    const api = await scriptApi(BUSY, BUSY, { body: JOB });
    const causes: string[] = [];
    const client = new Client({ url: api.url, onRepeat: ({ message }) => causes.push(message) });
    expect(await client.call('GET /jobs/{jobId}', { path: { jobId: 'j1' } })).toEqual(JOB);
    expect(api.asked).toHaveLength(3);
    expect(causes).toEqual(['Busy.', 'Busy.']);
  });

  test('of a POST has the same key', async () => {
    const api = await scriptApi(BUSY, { body: JOB });
    await new Client({ url: api.url }).call('POST /jobs/{jobId}/hold', { path: { jobId: 'j1' } });
    const keys = api.asked.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('of a PUT is left to the caller', async () => {
    const api = await scriptApi(BUSY);
    const call = { path: { jobId: 'j1' }, body: { priority: 'High' } } as const;
    await expect(new Client({ url: api.url }).call('PUT /jobs/{jobId}/priority', call)).rejects.toThrow('Busy.');
    expect(api.asked).toHaveLength(1);
  });

  test('of a refused call does not follow', async () => {
    const api = await scriptApi({ status: 404, body: {} });
    await expect(new Client({ url: api.url }).call('GET /health')).rejects.toThrow(Refused);
    expect(api.asked).toHaveLength(1);
  });
});

describe('a token that the API refuses', () => {
  test('is renewed once', async () => {
    const api = await scriptApi(REFUSED, { body: JOB });
    const client = new Client({ url: api.url, token: (renew) => (renew ? 'new' : 'old') });
    await client.call('GET /jobs/{jobId}', { path: { jobId: 'j1' } });
    expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('ends the call if there is no other', async () => {
    const api = await scriptApi(REFUSED);
    const client = new Client({ url: api.url, token: () => 'old' });
    await expect(client.call('GET /jobs')).rejects.toMatchObject({ code: 'Unauthorized' });
    expect(api.asked).toHaveLength(1);
  });
});

test('pages follow each cursor', async () => {
  const api = await scriptApi(
    { body: { items: [{ jobId: 'a' }], cursor: 'next' } },
    { body: { items: [{ jobId: 'b' }] } },
  );
  const ids = [];
  for await (const { jobId } of new Client({ url: api.url }).pages('GET /jobs', { query: { limit: 1 } }))
    ids.push(jobId);
  expect(ids).toEqual(['a', 'b']);
  expect(api.asked.map(({ line }) => line)).toEqual(['GET /jobs?limit=1', 'GET /jobs?limit=1&cursor=next']);
});

describe('a watch', () => {
  test('yields each change until the end, one look at a time, and goes on while the API is busy', async () => {
    const api = await scriptApi({ body: JOB }, BUSY, BUSY, BUSY, BUSY, { body: { ...JOB, status: 'Finished' } });
    const troubles: string[] = [];
    const seen = [];
    const onTrouble = ({ message }: Error) => troubles.push(message);
    for await (const { status } of new Client({ url: api.url }).watchJob('j1', { onTrouble })) seen.push(status);
    expect(seen).toEqual(['Executing', 'Finished']);
    expect(troubles).toEqual(['Busy.']);
    expect(api.mostAtOnce()).toBe(1);
  });

  test('ends with what will not pass by itself', async () => {
    const { url } = await scriptApi({ status: 404, body: { code: 'NotFound', detail: 'There is no job.' } });
    await expect(new Client({ url }).watchAbort('a1').next()).rejects.toThrow('There is no job.');
  });

  test('ends with its signal', async () => {
    const { url } = await scriptApi({ body: JOB });
    const leaving = new AbortController();
    const watch = new Client({ url }).watchJob('j1', { signal: leaving.signal });
    await watch.next();
    const next = watch.next();
    leaving.abort(new Error('Left.'));
    await expect(next).rejects.toThrow('Left.');
  });
});
