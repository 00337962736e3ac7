/** A batch group's own priority. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { expectReply, jobSchema, readJob, submitJob } from '#test/support/flows/records';
import { atTheEnd } from '#test/support/flows/system';

/** Groups stay known to a system: always the same one, and in the end as it began. */
const GROUP = 'flow-set-group';
const groupSchema = z.looseObject({ batchGroup: z.string(), defaultPriority: z.string().optional() });
const groupsSchema = z.object({ items: z.array(groupSchema) });

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
  await setPriority('Normal');
});
atTheEnd(() => setPriority('Normal'));

async function setPriority(defaultPriority: string): Promise<void> {
  await expectReply(system, ['PUT', `/groups/${GROUP}`], { body: { defaultPriority }, schema: groupSchema });
}

test('a group gives its own priority to later jobs that name none, and leaves the earlier ones as they are', async () => {
  const tasks = [{ handler: 'echo' }];
  const submit = (body: object) => submitJob(system, { batchGroup: GROUP, hold: true, tasks, ...body });
  const earlier = await submit({});
  const change = { body: { defaultPriority: 'High' }, schema: groupSchema };
  const refused = await system.call('PUT', `/groups/${GROUP}`, { body: change.body, as: 'BatchUser' });
  expect(refused).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
  await expectReply(system, ['PUT', `/groups/${GROUP}`], { ...change, as: 'BatchJobManager' });
  const { items } = await expectReply(system, ['GET', '/groups'], { schema: groupsSchema, as: 'Reader' });
  const { by } = await system.callerOf('BatchJobManager');
  const set = { batchGroup: GROUP, defaultPriority: 'High', changedBy: by };
  expect(items.find(({ batchGroup }) => batchGroup === GROUP)).toMatchObject(set);
  const jobs = [await submit({}), await submit({ priority: 'Low' }), await readJob(system, earlier.jobId)];
  expect(jobs.map(({ priority }) => priority)).toEqual(['High', 'Low', 'Normal']);
  const other = await submitJob(system, { hold: true, tasks });
  expect(jobSchema.parse(other).priority).toBe('Normal');
});
