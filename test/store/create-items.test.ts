/** New tasks are created only if they do not exist: a late or repeated write never moves a task back. */
import { expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import { Contended, RecordRefused, Throttled } from '#domain/errors';
import { newTasks } from '#domain/jobs/submission';
import type { Task } from '#domain/tasks/task';
import { finishTask } from '#engine/tasks/finish-task';
import { createItems } from '#store/dynamodb/create-items';
import { createTasks, deleteTask, findTasks, getTask } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

const wire = await startStore();
const ended = () => new Date().toISOString();
const creates = ({ operation }: { operation: string }) => operation === 'BatchExecuteStatement';

/** A job of 30 tasks, and the records that its request wrote. */
async function submitted() {
  const job = await submit(tasksLike(30));
  const requests = tasksLike(30).map((task) => ({ handler: 'echo', maxRetries: 0, restartable: false, ...task }));
  const tasks = newTasks(
    job,
    requests.map((task) => ({ ignoreFailure: false, ...task })),
    { firstIndex: 0, now: job.createdAt },
  );
  return { job, tasks };
}

const changed = (task: Task | undefined, change: Partial<Task>): Task[] => (task ? [{ ...task, ...change }] : []);

test('Tasks that exist are left as they are, and that is a success', async () => {
  const { job, tasks } = await submitted();
  const server = await startServer();
  await finishTask(await start(job, 't1', server), '"done"', ended());
  await start(job, 't2', server);
  await createTasks(tasks);
  expect(await getTask(job, 't1')).toMatchObject({ status: 'Finished', attempt: 1 });
  expect(await getTask(job, 't2')).toMatchObject({ status: 'Executing', attempt: 1 });
});

test('A write whose reply was lost is repeated without harm', async () => {
  const { job } = await submitted();
  const lost = wire.loseReply(creates);
  const more = { ...job, jobId: ulid() };
  const [task] = newTasks(more, [{ handler: 'echo', maxRetries: 0, restartable: false, ignoreFailure: false }], {
    firstIndex: 0,
    now: ended(),
  });
  await createTasks(task ? [task] : []);
  await lost;
  expect(await findTasks(more, [task?.taskId ?? ''])).toHaveLength(1);
});

test('A task that another request has left is not taken for the own one', async () => {
  const { tasks } = await submitted();
  const later = changed(tasks[0], { createdAt: '2100-01-01T00:00:00.000Z' });
  await expect(createTasks(later)).rejects.toBeInstanceOf(Contended);
  await expect(createTasks(changed(tasks[0], { index: 7 }))).rejects.toBeInstanceOf(Contended);
});

test('Only the statements that a throttled table has refused are sent again', async () => {
  const key = ulid();
  const items = ['a', 'b', 'c'].map((sort) => ({ jobId: key, eventId: sort, at: undefined }));
  const sizes: number[] = [];
  const stop = wire.onCall(({ body }) => sizes.push(JSON.parse(body).Statements.length));
  const refused = { Error: { Code: 'ThrottlingError', Message: 'Throughput exceeds the limit.' } };
  wire.edit(creates, (reply) => ({ ...Object(reply), Responses: [{}, refused, {}] }));
  expect(await createItems('events', items)).toEqual([{ jobId: key, eventId: 'b' }]);
  stop();
  expect(sizes).toEqual([3, 1]);
});

test('A table that stays throttled fails as Throttled', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const stop = wire.refuse(creates, 'ThrottlingException');
  await expect(createItems('events', [{ jobId: ulid(), eventId: 'a' }])).rejects.toBeInstanceOf(Throttled);
  stop();
  jest.restoreAllMocks();
});

test('A record that DynamoDB never takes is refused as such', async () => {
  const large = { jobId: ulid(), eventId: 'a', text: 'x'.repeat(410_000) };
  await expect(createItems('events', [large])).rejects.toBeInstanceOf(RecordRefused);
});

test('A task is deleted only as it was seen', async () => {
  const job = await submit(tasksLike(2));
  const [first, second] = await findTasks(job, ['t1', 't2']);
  await start(job, 't1', await startServer());
  for (const task of [first, second]) if (task) await deleteTask(task);
  expect(await findTasks(job, ['t1', 't2'])).toMatchObject([{ taskId: 't1', status: 'Executing' }]);
  if (second) await deleteTask(second);
});
