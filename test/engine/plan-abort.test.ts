import { expect, test } from '@jest/globals';
import { planAbort } from '#engine/aborts/plan-abort';
import { draining } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { spoil } from '#test/support/store/malformed';
import { start, startServer, submit } from '#test/support/store/trial';

await startFunctions();

test('A malformed job that runs on another server does not keep an abort from being planned', async () => {
  const { job } = await draining();
  const other = await submit([{ taskId: 'z' }]);
  await start(other, 'z', await startServer());
  await spoil('jobs', { jobId: other.jobId }, ['system', 'maybe']);
  expect(await planAbort(job.jobId)).toMatchObject({ jobId: job.jobId });
});
