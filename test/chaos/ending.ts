/** After the trouble: everything must come to its end, with a little help for what was made never to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { planReplySchema } from '#domain/replies';
import { isFinalAbort, isFinalJob } from '#domain/statuses';
import type { Api } from './api.ts';
import {
  type Abort,
  type Job,
  type Overview,
  type Records,
  readOverview,
  readRecords,
  type Server,
} from './records.ts';
import { LOAD } from './submissions.ts';
import type { Trail } from './trail.ts';
import { note } from './users.ts';

/** What ends by itself does so within this time. */
const PATIENCE_MS = 20_000;
/** The many tasks of the load are to run. */
const LOAD_PATIENCE_MS = 150_000;
const END_LIMIT_MS = 300_000;
const POLL_MS = 1_000;

/**
 * Reads until every job and every abort is final and every server at rest; the records as they are then, or at the
 * limit.
 */
export async function letEnd(api: Api, trail: Trail): Promise<Records> {
  const startMs = Date.now();
  for (;;) {
    const seen = await readOverview(api);
    const rest = unended(seen);
    if (rest.length === 0) return await readRecords(api);
    const tookMs = Date.now() - startMs;
    if (tookMs > END_LIMIT_MS) {
      for (const facts of rest) trail.violate(`Not at its end after ${END_LIMIT_MS / 1_000} s`, facts);
      return await readRecords(api);
    }
    for (const job of seen.jobs) if (!isFinalJob(job.status)) await help({ api, trail }, job, tookMs);
    await sleep(POLL_MS);
  }
}

function unended({ jobs, aborts, servers }: Overview): (Job | Abort | Server)[] {
  return [
    ...jobs.filter(({ status }) => !isFinalJob(status)),
    ...aborts.filter(({ status }) => !isFinalAbort(status)),
    ...servers.filter(({ status }) => status !== 'Active' && status !== 'Stopped'),
  ];
}

type Helper = { readonly api: Api; readonly trail: Trail };

/** Releases, cancels, aborts: each a while after the other. */
async function help({ api, trail }: Helper, { jobId, name, status, taskCounts }: Job, tookMs: number): Promise<void> {
  const patienceMs = name === LOAD ? LOAD_PATIENCE_MS : PATIENCE_MS;
  const post = (action: string, body?: object) =>
    api.call({ action, method: 'POST', path: `/jobs/${jobId}/${action}`, body });
  if (status === 'Withhold') await post('release');
  else if (tookMs < patienceMs) return;
  else if (status !== 'Cancelling') note({ trail }, 'cancel', await post('cancel', { reason: 'the end' }));
  else if (tookMs > patienceMs + PATIENCE_MS && (taskCounts.Cancelling ?? 0) > 0) {
    const plan = await api.call({ action: 'plan', method: 'GET', path: `/jobs/${jobId}/abort-plan` });
    if (plan?.status !== 200) return;
    const { planId } = planReplySchema.parse(plan.body);
    note({ trail }, 'abort', await post('abort', { planId, reason: 'the end' }));
  }
}
