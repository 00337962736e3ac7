/**
 * An act and its event are one: an act that took effect has its event, wherever its process dies. Each act is cut off
 * before each of its requests in turn (the request is held and never arrives), and then others go on.
 */
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import type { Abort } from '#domain/aborts/abort';
import { harmsOf } from '#domain/aborts/plan';
import { SYSTEM_STORY } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { submitJobSchema, taskRequestSchema } from '#domain/requests';
import type { Server } from '#domain/servers/server';
import { isFinalAbort } from '#domain/statuses';
import { completeAbort } from '#engine/aborts/complete-abort';
import { planNow } from '#engine/aborts/plan-abort';
import { requestAbort } from '#engine/aborts/request-abort';
import { withdrawAbort } from '#engine/aborts/withdraw-abort';
import { afterAttempt } from '#engine/after-end';
import { addTasks } from '#engine/jobs/add-tasks';
import { cancelJob } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { holdJob } from '#engine/jobs/hold-job';
import { releaseJob } from '#engine/jobs/release-job';
import { acceptRequeue, requeueJob } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { setPriority } from '#engine/jobs/set-priority';
import { startJob } from '#engine/jobs/start-job';
import { submitJob } from '#engine/jobs/submit-job';
import { reapAborts } from '#engine/reaper/reap-aborts';
import { setFeature } from '#engine/system/set-feature';
import { setGroup } from '#engine/system/set-group';
import { claimTask } from '#engine/tasks/claim-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleTask } from '#engine/tasks/settle-task';
import { getAbort } from '#store/aborts';
import { queryAll } from '#store/dynamodb/read';
import { listEvents } from '#store/events';
import { findFeature } from '#store/features';
import { defaultPriorityOf } from '#store/groups';
import { findJob, getJob } from '#store/jobs';
import { listAudit } from '#store/reads/list-audit';
import { getServer } from '#store/servers';
import { getTask } from '#store/tasks';
import { boundedWork } from '#test/support/engine/bounded-work';
import { cancelling, draining, taskAbort } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { cutOff } from '#test/support/store/cut-off';
import { AUTHOR, recordStop, start, startServer, submit, tasksLike } from '#test/support/store/trial';

const { wire } = await startFunctions();

const MAX_REQUESTS = 60;
const FOREVER = Number.POSITIVE_INFINITY;
const request = taskRequestSchema.parse({ handler: 'echo' });
const now = () => new Date().toISOString();

type Trial = {
  /** The act whose process dies. */
  readonly act: () => Promise<unknown>;
  /** Whether the act has taken effect. */
  readonly hasActed: () => Promise<boolean>;
  /** What others do after an act that took effect, until the record no longer proves the event. */
  readonly others: () => Promise<unknown>;
  readonly jobId: () => string;
  /** Who acts, if others act in the same story. */
  readonly by?: string;
};

async function keptTypes(jobId: string, author?: string): Promise<unknown[]> {
  const events = await queryAll({ table: 'events', partition: ['jobId', jobId], consistent: true });
  return events.filter(({ by }) => author === undefined || by === author).map(({ type }) => type);
}

async function shownTypes(jobId: string, by: string | undefined): Promise<string[]> {
  if (by !== undefined) {
    const { events } = await listAudit({ by: [by], order: 'newest', limit: 100 });
    return events.map(({ type }) => type);
  }
  const job = await findJob(jobId);
  return job ? (await listEvents(job, { limit: 100 })).events.map(({ type }) => type) : [];
}

async function finished(): Promise<Job> {
  const job = await submit([{ taskId: 'a' }]);
  const task = await start(job, 'a', await startServer());
  await finishTask(task, '1', now());
  await completeJob(job.jobId, job);
  return getJob(job.jobId);
}

const requeue = async (jobId: string) => requeueTasks(await acceptRequeue(await getJob(jobId), 'All', AUTHOR), FOREVER);

/** The trials, by the type of the event that the act leaves. */
const TRIALS: Readonly<Record<string, () => Promise<Trial>>> = {
  async JobSubmitted() {
    const name = `trial ${ulid()}`;
    let made = '';
    const stop = wire.onCall(({ body }) => {
      if (body.includes(name)) made = /"jobId":\{"S":"(\w{26})"\}/.exec(body)?.[1] ?? made;
    });
    return {
      jobId: () => made,
      act: () => submitJob(submitJobSchema.parse({ name, tasks: [request] }), { ...AUTHOR, at: now() }),
      hasActed: async () => made !== '' && (await findJob(made)) !== undefined,
      others: async () => stop(),
    };
  },
  async JobHeld() {
    const job = await submit();
    return {
      jobId: () => job.jobId,
      act: () => holdJob(job, { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).status === 'Withhold',
      others: async () => releaseJob(await getJob(job.jobId), { ...AUTHOR, at: now() }),
    };
  },
  async JobReleased() {
    const job = await submit(tasksLike(1), { hold: true });
    return {
      jobId: () => job.jobId,
      act: () => releaseJob(job, { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).status === 'Waiting',
      others: async () => holdJob(await getJob(job.jobId), { ...AUTHOR, at: now() }),
    };
  },
  async PriorityChanged() {
    const job = await submit();
    return {
      jobId: () => job.jobId,
      act: () => setPriority(job, 'High', { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).priority === 'High',
      others: async () => holdJob(await getJob(job.jobId), { ...AUTHOR, at: now() }),
    };
  },
  async TasksAdded() {
    const job = await submit(tasksLike(1), { hold: true });
    return {
      jobId: () => job.jobId,
      act: () => addTasks(job.jobId, [request], { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).taskTotal === 2,
      others: async () => setPriority(await getJob(job.jobId), 'Low', { ...AUTHOR, at: now() }),
    };
  },
  async JobExecuting() {
    const job = await submit([{ taskId: 'a' }]);
    const server = await startServer();
    const task = await claimTask(await getTask(job, 'a'), { serverId: server.serverId, now: now() });
    if (!task) throw new Error('The task could not be claimed.');
    return {
      jobId: () => job.jobId,
      act: () => startJob(task),
      hasActed: async () => (await getJob(job.jobId)).status === 'Executing',
      others: async () => {
        await finishTask(task, '1', now());
        await completeJob(job.jobId, job);
        await requeue(job.jobId);
      },
    };
  },
  async JobFinished() {
    const job = await submit([{ taskId: 'a' }]);
    const task = await start(job, 'a', await startServer());
    await finishTask(task, '1', now());
    return {
      jobId: () => job.jobId,
      act: () => afterAttempt({ job, task }),
      hasActed: async () => (await getJob(job.jobId)).status === 'Finished',
      others: () => requeue(job.jobId),
    };
  },
  async JobCancelling() {
    const job = await submit(tasksLike(2));
    return {
      jobId: () => job.jobId,
      act: () => cancelJob(job, { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).cancel !== undefined,
      others: async () => {
        await cancelTasks(await getJob(job.jobId), FOREVER);
        await requeue(job.jobId);
      },
    };
  },
  async JobRequeued() {
    const job = await finished();
    return {
      jobId: () => job.jobId,
      act: () => requeueJob(job, 'All', { ...AUTHOR, at: now() }),
      hasActed: async () => (await getJob(job.jobId)).run === 2,
      others: async () => requeueTasks(await getJob(job.jobId), FOREVER),
    };
  },
  TaskRestarting: () => handBack(true),
  TaskInterrupted: () => handBack(false),
  async TaskStopped() {
    const server = await startServer();
    const job = await cancelling(server);
    return {
      jobId: () => job.jobId,
      act: () => prove(server),
      hasActed: async () => (await getTask(job, 't1')).status === 'Cancelled',
      others: () => prove(server),
    };
  },
  async AbortRequested() {
    const server = await startServer();
    const job = await getJob((await cancelling(server)).jobId);
    const planned = await planNow(job, { mode: 'task' });
    const confirmed = harmsOf(planned.plan);
    return {
      jobId: () => job.jobId,
      act: () => requestAbort(planned, { ...AUTHOR, reason: 'hangs', planId: 'p', confirmed }),
      hasActed: async () => (await getJob(job.jobId)).abortId !== undefined,
      others: () => reapAborts(boundedWork),
    };
  },
  async AbortCompleted() {
    const server = await startServer();
    const abort = await taskAbort(server);
    await recordStop(server.serverId, { stoppedAt: now(), containers: [] });
    return {
      jobId: () => abort.jobId,
      act: () => completeAbort(abort.abortId),
      hasActed: () => isEnded(abort),
      others: () => reapAborts(boundedWork),
    };
  },
  async FeatureChanged() {
    const [feature, by] = ['EnhancedBatchAbort', ulid()] as const;
    const { enabled } = await findFeature(feature);
    return {
      jobId: () => SYSTEM_STORY,
      by,
      act: () => setFeature(feature, !enabled, { by, at: now() }),
      hasActed: async () => (await findFeature(feature)).changedBy === by,
      others: () => setFeature(feature, enabled, { ...AUTHOR, at: now() }),
    };
  },
  async GroupChanged() {
    const [group, by] = [ulid(), ulid()];
    return {
      jobId: () => SYSTEM_STORY,
      by,
      act: () => setGroup(group, 'High', { by, at: now() }),
      hasActed: async () => (await defaultPriorityOf(group)) === 'High',
      others: () => setGroup(group, 'Low', { ...AUTHOR, at: now() }),
    };
  },
  async AbortWithdrawRequested() {
    const { abort, server } = await draining();
    return {
      jobId: () => abort.jobId,
      act: () => withdrawAbort(abort.abortId, { ...AUTHOR, at: now() }),
      hasActed: async () => (await getServer(server.serverId)).status === 'Active',
      others: async () => {
        await reapAborts(boundedWork);
        expect(await keptTypes(abort.jobId)).toContain('AbortWithdrawn');
      },
    };
  },
};

/** A server that stops hands its task back, dies, and is proven stopped. */
async function handBack(restartable: boolean): Promise<Trial> {
  const job = await submit([{ taskId: 'a', restartable }]);
  const server = await startServer();
  const task = await start(job, 'a', server);
  return {
    jobId: () => job.jobId,
    act: () => settleTask(task, { cause: 'ServerStopped' }, now()),
    hasActed: async () => (await getTask(job, 'a')).status !== 'Executing',
    others: () => prove(server),
  };
}

function prove({ serverId }: Server): Promise<boolean> {
  return recordStop(serverId, { stoppedAt: now(), containers: [] });
}

async function isEnded({ abortId }: Abort): Promise<boolean> {
  return isFinalAbort((await getAbort(abortId)).status);
}

test.each(Object.entries(TRIALS))(
  'The event %s is never lost, wherever the process of its act dies',
  async (type, newTrial) => {
    let cuts = 0;
    for (let isCut = true; isCut; cuts += 1) {
      const { act, hasActed, others, jobId, by } = await newTrial();
      isCut = await cutOff(wire, act, cuts + 1);
      const acted = await hasActed();
      if (!isCut) expect(acted).toBe(true);
      // Readers see it at once.
      if (acted && !type.startsWith('Task') && !type.startsWith('Abort'))
        expect(await shownTypes(jobId(), by)).toContain(type);
      if (acted) {
        await others();
        expect(await keptTypes(jobId(), by)).toContain(type);
      }
      expect(cuts).toBeLessThan(MAX_REQUESTS);
    }
    expect(cuts).toBeGreaterThan(1);
  },
);
