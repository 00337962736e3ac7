/** The timeline of a job reads as a story. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Role } from '#domain/roles';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { expectReply, submitJob, untilCount, untilFinal } from '#test/support/flows/records';

const LIMIT_MS = 60_000;
const eventsSchema = z.object({
  items: z.array(z.looseObject({ at: z.iso.datetime(), type: z.string() })),
  cursor: z.string().optional(),
});

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

test('the events of a job tell oldest first who did what, when, from where, why, and what it changed', async () => {
  const [alice, bob] = ['BatchUser', 'BatchJobManager'] as const;
  const sleep = { handler: 'sleep', input: { seconds: 600, cooperative: true } };
  const { jobId } = await submitJob(system, { name: 'month end', hold: true, tasks: [sleep] }, { as: alice });
  const act = (as: Role, [method, path]: [string, string], body?: object) =>
    system.call(method, `/jobs/${jobId}${path}`, { as, ...(body ? { body } : {}) });
  const statuses = [
    await act(alice, ['POST', '/tasks'], { tasks: [sleep, { handler: 'echo' }] }),
    await act(bob, ['PUT', '/priority'], { priority: 'High' }),
    await act(alice, ['POST', '/release']),
  ].map(({ status }) => status);
  expect(statuses).toEqual([201, 200, 200]);
  await untilCount(system, jobId, { Finished: 1, Executing: 2 });
  const cancelled = await act(alice, ['POST', '/cancel'], { reason: 'wrong month' });
  expect(cancelled.status).toBe(202);
  await untilFinal(system, jobId, LIMIT_MS);
  expect((await act(bob, ['POST', '/requeue'], { scope: 'NotFinished' })).status).toBe(200);
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job.run).toBe(2);

  const story = await readStory(jobId);
  const [a, b] = [await system.callerOf(alice), await system.callerOf(bob)];
  expect(story.map(({ at: _at, ...told }) => told)).toMatchObject([
    { type: 'JobSubmitted', ...a, name: 'month end', tasks: 1 },
    { type: 'TasksAdded', ...a, tasks: 2, taskTotal: 3 },
    { type: 'PriorityChanged', ...b, before: 'Normal', after: 'High' },
    { type: 'JobReleased', ...a },
    { type: 'JobExecuting', serverId: expect.stringMatching(/./), taskId: expect.stringMatching(/./) },
    { type: 'JobCancelling', ...a, reason: 'wrong month' },
    { type: 'JobCancelled' },
    { type: 'JobRequeued', ...b, scope: 'NotFinished', run: 2 },
    { type: 'JobFinished' },
  ]);
  expect(story.map(({ at }) => at)).toEqual(story.map(({ at }) => at).sort());
  expect(story.at(-1)?.at).toBe(job.endedAt);
});

/** All events, read in pages of two. */
async function readStory(jobId: string): Promise<z.infer<typeof eventsSchema>['items']> {
  const story: z.infer<typeof eventsSchema>['items'] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/jobs/${jobId}/events?limit=2${from}`;
    const page: z.infer<typeof eventsSchema> = await expectReply(system, ['GET', path], { schema: eventsSchema });
    story.push(...page.items);
    cursor = page.cursor;
  }
  return story;
}
