/** What a reply says that its reader may do, against what the API then does: each status, role and owner. */
import { expect, test } from '@jest/globals';
import type { Abort } from '#domain/aborts/abort';
import type { Job } from '#domain/jobs/job';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { setOnAbort } from '#store/aborts';
import { getJob } from '#store/jobs';
import { getTask } from '#store/tasks';
import { cancelAll, cancelling, draining, taskAbort } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { admin, alice, bob, type HttpReply, operator, reader, type User } from '#test/support/functions/http';
import { AUTHOR, start, startServer, submit } from '#test/support/store/trial';

const { call } = await startFunctions();
const server = await startServer({ slots: 1_000 });

const CALLERS = [reader, alice, bob, operator, admin];
const REASON = { reason: 'it hangs' };

const started = async (options = {}) => {
  const job = await submit([{ taskId: 't1' }], options);
  await start(job, 't1', server);
  return job;
};
const ended = async (end: (job: Job) => Promise<unknown>) => {
  const job = await started();
  await end(job);
  await afterAttempt({ job, task: await getTask(job, 't1') });
  return job;
};
const now = () => new Date().toISOString();
const finished = () => ended(async (job) => finishTask(await getTask(job, 't1'), '1', now()));

/** Jobs of alice, in each status and between two of them. */
const JOBS: Readonly<Record<string, () => Promise<Job>>> = {
  Withhold: () => submit([{}], { hold: true }),
  Waiting: () => submit(),
  Executing: () => started(),
  Cancelling: () => cancelling(server),
  'Cancelling without a running task': async () => acceptCancel((await submit()).jobId, AUTHOR),
  Finished: finished,
  Error: () =>
    ended(async (job) => failTask(await getTask(job, 't1'), { name: 'Error', message: 'no' }, { now: now() })),
  Cancelled: async () => cancelAll(await submit()),
  'Waiting for its requeue': async () => acceptRequeue(await getJob((await finished()).jobId), 'All', AUTHOR),
  'a system job that is held': () => submit([{}], { hold: true, system: true }),
  'a system job that runs': () => started({ system: true }),
};

const send = (target: string, body: object) => (as: User, jobId: string) =>
  call(target.replace('{jobId}', jobId), { as, body });
const VERBS: Readonly<Record<string, (as: User, jobId: string) => Promise<HttpReply>>> = {
  cancel: send('POST /jobs/{jobId}/cancel', REASON),
  hold: send('POST /jobs/{jobId}/hold', {}),
  release: send('POST /jobs/{jobId}/release', {}),
  requeue: send('POST /jobs/{jobId}/requeue', {}),
  setPriority: send('PUT /jobs/{jobId}/priority', { priority: 'High' }),
  addTasks: send('POST /jobs/{jobId}/tasks', { tasks: [{ handler: 'echo' }] }),
  abort: async (as, jobId) => {
    const plan = await call(`GET /jobs/${jobId}/abort-plan`, { as });
    if (plan.status !== 200) return plan;
    return call(`POST /jobs/${jobId}/abort`, { as, body: { ...REASON, planId: plan.body.planId } });
  },
};

/** What the API said to an act, as `actions` has it. */
function actionOf({ status, body }: HttpReply): unknown {
  return status < 300 ? true : { code: body.code, reason: body.detail };
}

test.each(Object.keys(JOBS).flatMap((status) => CALLERS.map((as) => ({ status, as, user: as.user }))))(
  'The actions of $user on a job: $status',
  async ({ status, as }) => {
    const make = async () => {
      const { jobId } = (await JOBS[status]?.()) ?? (await submit());
      return { jobId, actions: Object((await call(`GET /jobs/${jobId}`, { as })).body.actions) };
    };
    let { jobId, actions } = await make();
    for (const [verb, act] of Object.entries(VERBS)) {
      expect([verb, actionOf(await act(as, jobId))]).toEqual([verb, actions[verb]]);
      if (actions[verb] === true) ({ jobId, actions } = await make());
    }
  },
);

const made = async (change: Partial<Abort>) => {
  const { abort } = await draining();
  await setOnAbort(abort.abortId, change, []);
  return abort;
};
const ABORTS: Readonly<Record<Abort['status'], () => Promise<Abort>>> = {
  Draining: async () => (await draining()).abort,
  Restarting: () => made({ status: 'Restarting' }),
  Stopping: () => taskAbort(server),
  Completed: () => made({ status: 'Completed' }),
  Failed: () => made({ status: 'Failed' }),
  Withdrawn: () => made({ status: 'Withdrawn' }),
};

test.each(
  Object.entries(ABORTS).flatMap(([status, make]) => CALLERS.map((as) => ({ status, make, as, user: as.user }))),
)('The actions of $user on an abort: $status', async ({ make, as }) => {
  const { abortId } = await make();
  const seen = await call(`GET /aborts/${abortId}`, { as });
  const reply = await call(`POST /aborts/${abortId}/withdraw`, { as, body: {} });
  expect(actionOf(reply)).toEqual(Object(seen.body.actions).withdraw);
});

test('A list has the actions of each job and each abort, in the same words', async () => {
  await cancelling(server);
  for (const [list, verb] of [
    ['jobs', 'cancel'],
    ['aborts', 'withdraw'],
  ]) {
    const { items } = (await call(`GET /${list}`, { as: reader })).body;
    const needed = `This needs the role ${list === 'jobs' ? 'BatchUser' : 'BatchJobManager'}.`;
    for (const item of [items].flat())
      expect(item).toMatchObject({ actions: { [String(verb)]: { code: 'Forbidden', reason: needed } } });
  }
});
