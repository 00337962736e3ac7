/** What a suite does to a system that others use too: it knows its own jobs, and leaves none of them open. */
import { z } from 'zod';
import { isFinalJob } from '#domain/statuses';
import { isFeatureOn, switchFeature } from './aborts.ts';
import type { Api } from './client.ts';
import { readJob } from './records.ts';
import { atTheEnd } from './system.ts';

export type OwnJobs = {
  /** Whether this suite has submitted the job. */
  isOurs(job: { readonly jobId: string }): boolean;
};

/**
 * The same system, with a note of each job that is submitted through it. At the end of the suite those that are still
 * open are cancelled, and the feature is switched back to what it was.
 */
export async function clearJobs<Of extends Api>(system: Of): Promise<Of & OwnJobs> {
  const wasOn = await isFeatureOn(system);
  const jobIds = new Set<string>();
  atTheEnd(async () => {
    for (const jobId of jobIds) await cancelUnlessFinal(system, jobId);
    if ((await isFeatureOn(system)) !== wasOn) await switchFeature(system, wasOn);
  });
  const call: Api['call'] = async (method, path, sent) => {
    const reply = await system.call(method, path, sent);
    if (`${method} ${path} ${reply.status}` === 'POST /jobs 201') jobIds.add(submittedSchema.parse(reply.body).jobId);
    return reply;
  };
  return { ...system, call, isOurs: ({ jobId }) => jobIds.has(jobId) };
}

const submittedSchema = z.object({ jobId: z.string() });

/** The job may end by itself between the two calls. A system job cannot be cancelled. */
async function cancelUnlessFinal(system: Api, jobId: string): Promise<void> {
  const job = await readJob(system, jobId);
  if (isFinalJob(job.status) || job.status === 'Cancelling' || job.system) return;
  const reply = await system.call('POST', `/jobs/${jobId}/cancel`, { body: { reason: 'the test is over' } });
  if (![202, 409].includes(reply.status)) throw new Error(`The job ${jobId} cannot be cancelled: ${reply.status}.`);
}
