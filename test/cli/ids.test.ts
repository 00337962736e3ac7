/** What the command line asks to know which abort is meant. */
import { expect, test } from '@jest/globals';
import { openTerminal } from '#test/support/cli/terminal';
import { type Scripted, scriptApi } from '#test/support/client/scripted-api';

const ABORT = '01M8K6NV18YSA5ZK74M0BXVK5T';
const JOB = '01M8K6R2VBPZ366MT4NST644X6';
const notFound = { status: 404, body: { type: 'about:blank', title: 'Not Found', status: 404, code: 'NotFound' } };
const abort = { body: { abortId: ABORT, jobId: JOB, status: 'Completed' } };

/** The requests of `abort-status` for this id. */
async function requestsFor(id: string, ...replies: Scripted[]): Promise<string[]> {
  const api = await scriptApi(...replies);
  const terminal = openTerminal(api.url, { LASTCALL_TOKEN: 'token' });
  const { code, stdout } = await terminal.run('abort-status', id, '--json');
  expect(JSON.parse(stdout)).toEqual(abort.body);
  expect(code).toBe(0);
  return api.asked.map(({ line }) => line);
}

test('an abort is read once, whether it is named by its own id or by that of its job', async () => {
  const job = { body: { jobId: JOB, abortId: ABORT, status: 'Cancelling' } };
  expect(await requestsFor(ABORT, notFound, abort)).toEqual([`GET /jobs/${ABORT}`, `GET /aborts/${ABORT}`]);
  expect(await requestsFor(JOB, job, abort)).toEqual([`GET /jobs/${JOB}`, `GET /aborts/${ABORT}`]);
});

// A list with a cursor has what is below it: 1 of 32 ids ends with Z.
test.each([
  [ABORT.slice(0, -1), '01M8K6NV18YSA5ZK74M0BXVK60'],
  ['01M8K6NV18YSA5ZK74M0BXVKZ', '01M8K6NV18YSA5ZK74M0BXVM00'],
  ['01H', '01J00000000000000000000000'],
  ['7Z', undefined],
])('the ids with the prefix %s are looked for below %s', async (prefix, cursor) => {
  const abortId = prefix.padEnd(ABORT.length, 'Z');
  const page = { body: { items: [{ ...abort.body, abortId }] } };
  const list = `GET /aborts?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`;
  expect(await requestsFor(prefix, page, page, abort)).toEqual([list, list, `GET /aborts/${abortId}`]);
});
