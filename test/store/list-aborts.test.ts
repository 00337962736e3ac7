import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import type { Abort, AbortedTask } from '#domain/aborts/abort';
import { MAX_PAGE_BYTES, MAX_TASKS_PER_ABORT } from '#domain/limits';
import { prepareAbort } from '#store/aborts';
import { listAborts } from '#store/reads/list-aborts';
import { startStore } from '#test/support/store/engine';

await startStore();

/** The largest record that DynamoDB takes. */
const MAX_ABORT_BYTES = 400 * 1024;
const now = new Date().toISOString();

/** Records an ended abort of the job, with this many tasks. */
async function endedAbort(jobId: string, taskCount: number): Promise<string> {
  const tasks: AbortedTask[] = Array.from({ length: taskCount }, (_, index) => ({
    jobId,
    taskId: `${'x'.repeat(60)}${index}`,
    shardId: `${jobId}#0`,
    serverId: ulid(),
    claimId: ulid(),
    attempt: 1,
    outcome: 'Cancelled',
    endedAt: now,
  }));
  const abort: Abort = {
    abortId: ulid(),
    jobId,
    run: 1,
    mode: 'task',
    status: 'Completed',
    requestedBy: 'olga',
    reason: 'hangs',
    requestedAt: now,
    drainSeconds: 900,
    serverIds: [],
    tasks,
    bystanders: [],
  };
  await prepareAbort(abort);
  return abort.abortId;
}

async function pagesOf(jobId: string, limit: number): Promise<Abort[][]> {
  const pages: Abort[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listAborts(jobId, { limit, cursor });
    pages.push(page.aborts);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

test('A page of large aborts ends when it is as large as a reply may be, and the next page continues there', async () => {
  const jobId = ulid();
  const ids: string[] = [];
  for (let count = 0; count < 12; count += 1) ids.push(await endedAbort(jobId, MAX_TASKS_PER_ABORT));
  const pages = await pagesOf(jobId, 50);
  expect(pages.flat().map(({ abortId }) => abortId)).toEqual(ids.toSorted().reverse());
  expect(pages).toHaveLength(2);
  expect(JSON.stringify(pages[0]).length).toBeLessThan(MAX_PAGE_BYTES + MAX_ABORT_BYTES);
});

test('A page of small aborts ends at its limit', async () => {
  const jobId = ulid();
  for (let count = 0; count < 5; count += 1) await endedAbort(jobId, 1);
  expect((await pagesOf(jobId, 2)).map((page) => page.length)).toEqual([2, 2, 1]);
});
