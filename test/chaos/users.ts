/** What users do to a system, at random: submit, hold, cancel, abort, withdraw, requeue, and change their minds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PRIORITIES } from '#domain/priorities';
import { abortReplySchema, jobReplySchema, planReplySchema } from '#domain/replies';
import { isFinalJob, type JobStatus } from '#domain/statuses';
import type { Answer, Api, Sent } from './api.ts';
import type { Random } from './random.ts';
import { type Job, listOf } from './records.ts';
import { drawJob, drawTasks } from './submissions.ts';
import type { Accepted, Trail } from './trail.ts';

/** With this many open jobs no user submits more: each job shall meet all that can happen to it. */
const MAX_OPEN_JOBS = 25;
const NEWEST_JOBS = 60;
const MAX_PAUSE_MS = 400;
const MAX_THOUGHT_MS = 1_500;
const JOINING_SHARE = 0.4;
const RUNNING_SHARE = 0.7;
const REPEATED_SHARE = 0.2;
const DETERRED_SHARE = 0.3;

export type User = { readonly api: Api; readonly random: Random; readonly trail: Trail; readonly witnessFile: string };

/** Acts until the signal says that it is enough. */
export async function runUser(user: User, enough: AbortSignal): Promise<void> {
  while (!enough.aborted) {
    await user.random.weighted(ACTS)(user);
    await sleep(user.random.whole(0, MAX_PAUSE_MS));
  }
}

type Act = (user: User) => Promise<unknown>;

const submit: Act = async (user) => {
  const jobs = await newest(user.api);
  if (!jobs || jobs.filter(({ status }) => !isFinalJob(status)).length >= MAX_OPEN_JOBS) return;
  await submitJob(user, drawJob(user.random, user.witnessFile));
};

/** Submits a job, sometimes twice at once; returns what was accepted. */
export async function submitJob({ api, random, trail }: User, body: object): Promise<Accepted[]> {
  const headers = { 'idempotency-key': `key-${random.real()}` };
  const sent = { action: 'submit', method: 'POST', path: '/jobs', body, headers };
  const again = random.chance(REPEATED_SHARE) ? [api.call({ ...sent, action: 'submit again' })] : [];
  const answers = (await Promise.all([api.call(sent), ...again])).flatMap((answer) =>
    note({ trail }, 'submit', answer),
  );
  const jobIds = new Set(answers.map(({ id }) => id));
  trail.violate('Repeats of a submission made different jobs', { answers }, jobIds.size > 1);
  return answers;
}

const cancel: Act = (user) =>
  onJob(user, ['Withhold', 'Waiting', 'Executing', 'Cancelling', 'Finished'], async ({ jobId }) =>
    note(user, 'cancel', await user.api.call(post('cancel', jobId, { reason: 'chaos' }))),
  );

const hold: Act = (user) => onJob(user, ['Waiting'], ({ jobId }) => user.api.call(post('hold', jobId)));

const release: Act = (user) => onJob(user, ['Withhold'], ({ jobId }) => user.api.call(post('release', jobId)));

const requeue: Act = (user) =>
  onJob(user, ['Finished', 'Error', 'Cancelled'], async ({ jobId }) => {
    const scope = user.random.pick(['All', 'NotFinished']);
    const sentMs = Date.now();
    const answer = await user.api.call(post('requeue', jobId, { scope }));
    if (answer) note(user, 'requeue', answer);
    // It may have been done or not.
    else user.trail.accept({ what: 'requeue', id: jobId, sentMs, answeredMs: Number.POSITIVE_INFINITY });
  });

const addTasks: Act = (user) =>
  onJob(user, ['Withhold'], ({ jobId }) => {
    const prefix = user.random.pick(['a', 'b', 'c', 'd']);
    return user.api.call(post('tasks', jobId, { tasks: drawTasks(user.random, user.witnessFile, prefix) }));
  });

const changePriority: Act = (user) =>
  onJob(user, ['Waiting', 'Executing'], ({ jobId }) => {
    const body = { priority: user.random.pick(PRIORITIES) };
    return user.api.call({ action: 'priority', method: 'PUT', path: `/jobs/${jobId}/priority`, body });
  });

const switchFeature: Act = ({ api, random }) => {
  const body = { enabled: random.chance(0.75) };
  return api.call({ action: 'feature', method: 'PUT', path: '/features/EnhancedBatchAbort', body });
};

/** Reads the plan, thinks, confirms it; some ask twice, at once or a little later. */
const abort: Act = (user) =>
  onJob(user, ['Cancelling'], async ({ jobId }) => {
    const { api, random } = user;
    const read = await api.call({ action: 'plan', method: 'GET', path: `/jobs/${jobId}/abort-plan` });
    if (read?.status !== 200) return;
    const { planId } = planReplySchema.parse(read.body);
    await sleep(random.whole(0, MAX_THOUGHT_MS));
    const confirm = async (laterMs: number) => {
      await sleep(laterMs);
      const answer = await api.call(post('abort', jobId, { planId, reason: 'chaos' }));
      note(user, 'abort', await confirmChanged(user, jobId, answer));
    };
    await Promise.all([
      confirm(0),
      ...(random.chance(JOINING_SHARE) ? [confirm(random.whole(0, MAX_THOUGHT_MS))] : []),
    ]);
  });

/** A user whose plan was refused as changed mostly confirms the new one. */
async function confirmChanged({ api, random }: User, jobId: string, answer?: Answer): Promise<Answer | undefined> {
  const { data } = changedSchema.safeParse(answer?.body);
  if (!data || random.chance(DETERRED_SHARE)) return answer;
  return await api.call(post('abort', jobId, { planId: data.plan.planId, reason: 'chaos' }));
}

const changedSchema = z.looseObject({ code: z.literal('PlanChanged'), plan: planReplySchema });

const withdraw: Act = async ({ api, random }) => {
  const aborts = (await api.read('/aborts?limit=20', listOf(abortReplySchema)))?.items ?? [];
  const open = aborts.filter(({ status }) => status === 'Draining' || status === 'Restarting');
  if (open.length === 0) return;
  await api.call({
    action: 'withdraw',
    method: 'POST',
    path: `/aborts/${random.pick(open).abortId}/withdraw`,
    body: {},
  });
};

const ACTS: readonly (readonly [number, Act])[] = [
  [10, submit],
  [5, cancel],
  [2, hold],
  [4, release],
  [3, requeue],
  [2, addTasks],
  [1, changePriority],
  [7, abort],
  [2, withdraw],
  [1, switchFeature],
];

async function newest(api: Api) {
  return (await api.read(`/jobs?limit=${NEWEST_JOBS}`, listOf(jobReplySchema)))?.items;
}

/** Does that to a job in one of these statuses, as it was read; by now it may be in another. */
async function onJob(user: User, statuses: readonly JobStatus[], act: (job: Job) => Promise<unknown>): Promise<void> {
  const jobs = ((await newest(user.api)) ?? []).filter(({ status }) => statuses.includes(status));
  const running = jobs.filter(({ taskCounts }) => (taskCounts.Executing ?? 0) + (taskCounts.Cancelling ?? 0) > 0);
  // Where handlers run there is more to go wrong.
  const wanted = running.length > 0 && user.random.chance(RUNNING_SHARE) ? running : jobs;
  if (wanted.length > 0) await act(user.random.pick(wanted));
}

function post(action: string, jobId: string, body?: object): Sent {
  return { action, method: 'POST', path: `/jobs/${jobId}/${action}`, body };
}

const acceptedSchema = z.looseObject({ jobId: z.string(), abortId: z.string().optional(), run: z.number() });

/** Notes when an acceptance came, and returns it; undefined if the call was not accepted. */
export function note({ trail }: Pick<User, 'trail'>, what: Accepted['what'], answer?: Answer): Accepted[] {
  if (!answer || answer.status >= 300) return [];
  const { jobId, abortId = '', run } = acceptedSchema.parse(answer.body);
  const { sentMs, answeredMs } = answer;
  const accepted = { what, id: what === 'abort' ? abortId : jobId, run, sentMs, answeredMs };
  trail.accept(accepted);
  return [accepted];
}
