/** What callers hear while DynamoDB does not answer, or has no room. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { afterAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf } from '#local/catalog';
import { documents } from '#store/dynamodb/client';
import { admin, httpEvent, replyOf } from '#test/support/functions/http';

/** Less than the 26 s that an act of the API's functions has. */
const SOON_MS = 15_000;
let answer: (response: ServerResponse) => void = () => {};
const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = z.object({ port: z.number() }).parse(server.address());
process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
const functions = await loadFunctions(functionsOf(CATALOG));

afterAll(async () => {
  documents().destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

async function call(target: string, body?: unknown) {
  const { name, event } = httpEvent(target, { as: admin, ...(body === undefined ? {} : { body }) });
  return replyOf(await functions.invoke(name, event));
}

test('If DynamoDB falls silent, a read is refused with 503 long before its call is over', async () => {
  const startedAt = performance.now();
  expect(await call('GET /jobs/a')).toMatchObject({ status: 503, body: { code: 'Unavailable' } });
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
});

test('If the disk of the local DynamoDB is full, the caller hears that', async () => {
  const message = 'commit failed (backend: database or disk is full) and rollback also failed';
  answer = (response) => {
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message }));
  };
  expect(await call('POST /jobs/a/cancel', {})).toMatchObject({
    status: 507,
    body: { code: 'StorageFull', detail: expect.stringContaining('disk that holds the records is full') },
  });
});
