import { Refusal, wrongStatus } from '#domain/errors';
import { byCaller, route } from '#functions/middleware';
import { checkSystemJob } from '#functions/system-jobs';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { clearAdding } from '#store/growing';
import { getJob, moveJob } from '#store/jobs';

/** `POST /jobs/{jobId}/release`: a held job may be started. */
export const handler = route('release-job', async (call) => {
  const job = await getJob(call.path.jobId);
  checkSystemJob(job, call.caller, 'release');
  if (job.status !== 'Withhold') throw wrongStatus('job', 'released', job.status);
  const free = [
    { attribute: 'addingUntil', exists: false },
    // Servers may see its tasks only when the pass has made all of them ready.
    { attribute: 'requeue', exists: false },
    { attribute: 'taskTotal', in: [job.taskTotal] },
  ];
  const released = (await clearAdding(job))
    ? await moveJob(job.jobId, 'release', { dispatch: job, remove: ['taskCounts'], when: free })
    : { moved: false as const };
  if (!released.moved) {
    const { status } = await getJob(job.jobId);
    if (status !== 'Withhold') throw wrongStatus('job', 'released', status);
    throw new Refusal(
      'TooManyRequests',
      'Tasks are being added to this job, its priority is just being changed, or it is being requeued; release it when that is done.',
    );
  }
  await putEvent(job.jobId, { at: new Date().toISOString(), type: 'JobReleased', ...byCaller(call) });
  return jobView({ ...released.job, taskCounts: job.taskCounts });
});
