/** The events of an abort, in the stories of the aborted job and of each disrupted job. */
import { ABORT_ENDS, type Told } from '#domain/events';
import { type Abort, isWithdrawn } from './abort.ts';

/** The events that an abort's record proves, each with the job of its story. */
export function eventsOfAbort(abort: Abort): Told[] {
  const { abortId, jobId, requestedBy: by, requestedByName: byName, requestedFrom: from } = abort;
  const { requestedAt: at, reason, mode } = abort;
  return [
    { jobId, event: { at, type: 'AbortRequested', by, byName, from, reason, abortId, mode } },
    ...disruptionsOf(abort),
    ...withdrawalOf(abort),
    ...endsOf(abort),
  ];
}

/** The story of each job whose tasks may be interrupted has an event for that. */
function disruptionsOf({ abortId, jobId: abortedJobId, bystanders, ...request }: Abort): Told[] {
  const { requestedAt: at, requestedBy: by, requestedByName: byName } = request;
  return [...Map.groupBy(bystanders, (bystander) => bystander.jobId)].map(([jobId, disrupted]) => {
    const tasks = disrupted.map(({ taskId, fate }) => ({ taskId, fate }));
    return { jobId, event: { at, type: 'DisruptedByAbort', by, byName, abortId, abortedJobId, tasks } };
  });
}

function withdrawalOf({ abortId, jobId, withdraw, restarts = [] }: Abort): Told[] {
  if (!withdraw || !isWithdrawn(restarts)) return [];
  return [{ jobId, event: { ...withdraw, type: 'AbortWithdrawRequested', abortId } }];
}

/** The stories of the aborted job and of each disrupted job have an event for the end of the abort. */
function endsOf({ abortId, jobId: abortedJobId, status, endedAt: at, failure, bystanders }: Abort): Told[] {
  const end = ABORT_ENDS.find((each) => each === status);
  if (at === undefined || !end) return [];
  const jobIds = new Set([abortedJobId, ...bystanders.map((bystander) => bystander.jobId)]);
  return [...jobIds].map((jobId) => {
    const whose = jobId === abortedJobId ? {} : { abortedJobId };
    return { jobId, event: { at, type: `Abort${end}`, abortId, ...whose, ...failure } };
  });
}
