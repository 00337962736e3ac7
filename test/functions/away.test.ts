/** What callers hear while DynamoDB is away. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { CATALOG } from '#functions/catalog/catalog';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf } from '#local/catalog';
import { documents } from '#store/dynamodb/client';
import { freePorts } from '#test/support/flows/ports';
import { admin, httpEvent, replyOf } from '#test/support/functions/http';

const port = await freePorts(1);
process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
const functions = await loadFunctions(functionsOf(CATALOG));
const TASKS = [{ handler: 'echo' }];
/** Like the 30 s of the API's functions. */
const PATIENCE_MS = 26_000;

afterAll(() => documents().destroy());

async function call(target: string, body?: unknown) {
  const { name, event } = httpEvent(target, { as: admin, ...(body === undefined ? {} : { body }) });
  return replyOf(await functions.invoke(name, event));
}

test.each([
  ['GET /jobs', undefined],
  ['GET /jobs/a', undefined],
  ['POST /jobs', { name: 'n', tasks: TASKS }],
  ['POST /jobs/a/cancel', {}],
  ['POST /jobs/a/hold', {}],
  ['PUT /features/EnhancedBatchAbort', { enabled: true }],
])('If no connection opens, %s is refused with 503: nothing has happened', async (target, body) => {
  expect(await call(target, body)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
    body: { code: 'Unavailable', detail: expect.stringContaining('cannot be reached') },
  });
});

test('If DynamoDB falls silent, a read is refused with 503 long before its call is over', async () => {
  const silent = createServer().listen(port, '127.0.0.1');
  await once(silent, 'listening');
  const sockets: { destroy(): void }[] = [];
  silent.on('connection', (socket) => void sockets.push(socket));
  const startedAt = performance.now();
  expect(await call('GET /jobs/a')).toMatchObject({ status: 503, body: { code: 'Unavailable' } });
  expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS / 2);
  for (const socket of sockets) socket.destroy();
  silent.close();
  await once(silent, 'close');
});

test('If the disk of the local DynamoDB is full, the caller hears that', async () => {
  const message = 'commit failed (backend: database or disk is full) and rollback also failed';
  const full = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message }));
  }).listen(port, '127.0.0.1');
  await once(full, 'listening');
  expect(await call('POST /jobs/a/cancel', {})).toMatchObject({
    status: 507,
    body: { code: 'StorageFull', detail: expect.stringContaining('disk that holds the records is full') },
  });
  full.close();
  full.closeAllConnections();
  await once(full, 'close');
});
