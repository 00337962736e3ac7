/** What callers hear while no connection to DynamoDB opens. */
import { afterAll, expect, test } from '@jest/globals';
import { CATALOG } from '#functions/catalog/catalog';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf } from '#local/catalog';
import { documents } from '#store/dynamodb/client';
import { admin, httpEvent, replyOf } from '#test/support/functions/http';

/** No one ever listens there. */
process.env.AWS_ENDPOINT_URL_DYNAMODB = 'http://127.0.0.1:1';
const functions = await loadFunctions(functionsOf(CATALOG));
const TASKS = [{ handler: 'echo' }];

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
