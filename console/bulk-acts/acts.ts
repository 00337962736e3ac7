/** What can be done to many jobs at once. */
import type { Client } from '#client/client';
import type { Job } from '#console/api/types.ts';
import { reasonAgainst } from '#console/parts/allowed.tsx';
import { JOB_RULES } from '#domain/actions/job-rules';
import type { Priority } from '#domain/priorities';
import type { JobStatus } from '#domain/statuses';

export const VERBS = {
  cancel: 'Cancel',
  hold: 'Hold',
  release: 'Release',
  requeue: 'Requeue what has not finished',
  setPriority: 'Change the priority',
} as const;
export type Verb = keyof typeof VERBS;

/** What is done to each of the jobs. */
export type Act = { readonly verb: Verb; readonly reason: string; readonly priority: Priority };

/** The verb with this name. */
export function verbNamed(name: string): Verb | undefined {
  return Object.keys(VERBS).find((each): each is Verb => each === name);
}

/** The statuses that allow the act. */
export function statusesFor({ verb }: Pick<Act, 'verb'>): readonly JobStatus[] {
  return JOB_RULES[verb].from;
}

/** Why the act is not possible, or of no use, for this job; undefined if it is. */
export function whyNot(job: Job, { verb, priority }: Act): string | undefined {
  const reason = reasonAgainst(job.actions[verb]);
  if (reason !== undefined || verb !== 'setPriority') return reason;
  return job.priority === priority ? `It has the priority ${priority}.` : undefined;
}

/** Does it to one job; a repeat with the same key does it once. */
export function doTo({ jobId }: Job, { verb, reason, priority }: Act, how: { client: Client; idempotencyKey: string }) {
  const { client, idempotencyKey } = how;
  const path = { jobId };
  const acts = {
    cancel: () =>
      client.call('POST /jobs/{jobId}/cancel', { path, idempotencyKey, body: reason === '' ? {} : { reason } }),
    hold: () => client.call('POST /jobs/{jobId}/hold', { path, idempotencyKey }),
    release: () => client.call('POST /jobs/{jobId}/release', { path, idempotencyKey }),
    requeue: () => client.call('POST /jobs/{jobId}/requeue', { path, idempotencyKey, body: {} }),
    setPriority: () => client.call('PUT /jobs/{jobId}/priority', { path, body: { priority } }),
  } as const satisfies Readonly<Record<Verb, () => Promise<Job>>>;
  return acts[verb]();
}
