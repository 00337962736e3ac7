/** Replies to reads: not sent again to a caller who has them, and compressed. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { startFunctions } from '#test/support/functions/functions';
import { httpEvent } from '#test/support/functions/http';

const { invoke } = await startFunctions();

const replySchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean().default(false),
});

/** The reply as the function makes it. */
async function replyTo(target: string, headers: Record<string, string> = {}, body?: unknown) {
  const { name, event } = httpEvent(target, { headers, body });
  return replySchema.parse(await invoke(name, event));
}

test('A caller who has the reply gets 304 without a body, and the whole reply once it differs', async () => {
  const first = await replyTo('GET /jobs');
  expect(first).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'private, no-cache' } });
  const known = { 'if-none-match': `"other", ${first.headers.etag}` };
  expect(await replyTo('GET /jobs', known)).toMatchObject({
    statusCode: 304,
    body: '',
    headers: { etag: first.headers.etag },
  });
  await replyTo('POST /jobs', {}, { name: 'a new job', tasks: [{ handler: 'echo' }] });
  expect(await replyTo('GET /jobs', known)).toMatchObject({ statusCode: 200 });
});

test('A large reply is compressed for those who accept it', async () => {
  const plain = await replyTo('GET /openapi.json');
  expect(plain.isBase64Encoded).toBe(false);
  const zipped = await replyTo('GET /openapi.json', { 'accept-encoding': 'br, gzip;q=0.8' });
  expect(zipped).toMatchObject({
    isBase64Encoded: true,
    headers: { 'content-encoding': 'gzip', etag: plain.headers.etag },
  });
  expect(gunzipSync(Buffer.from(zipped.body, 'base64')).toString()).toBe(plain.body);
  expect(zipped.body.length).toBeLessThan(plain.body.length / 3);
});

test.each(['identity', 'br', 'gzip;q=0', 'gzip; q=0.0, br'])('A reply is not compressed for %s', async (accepted) => {
  expect(await replyTo('GET /openapi.json', { 'accept-encoding': accepted })).toMatchObject({ isBase64Encoded: false });
});

test('A small reply is not compressed, and what changes something has no tag', async () => {
  const accepts = { 'accept-encoding': 'gzip' };
  expect(await replyTo('GET /health', accepts)).toMatchObject({ isBase64Encoded: false });
  const submitted = await replyTo('POST /jobs', accepts, { name: 'a job', tasks: [{ handler: 'echo' }] });
  expect(submitted.statusCode).toBe(201);
  expect(submitted.headers).not.toHaveProperty('etag');
});

test('A refusal has no tag', async () => {
  const refused = await replyTo('GET /jobs/unknown');
  expect(refused.statusCode).toBe(404);
  expect(refused.headers).not.toHaveProperty('etag');
});
