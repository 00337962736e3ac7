/** The steps of the workflow `abort-job`, by their names in statemachines/abort-job.asl.json. */
import type { Abort } from '#console/api/types.ts';

type Step = {
  readonly header: string;
  readonly isDone: (abort: Abort) => boolean;
  readonly isCurrent: (abort: Abort) => boolean;
};
type Lane = Abort['servers'][number];

const isBack = ({ withdrawnAt }: Lane) => withdrawnAt !== undefined;
const every = (abort: Abort, has: (lane: Lane) => boolean) => abort.servers.every((lane) => isBack(lane) || has(lane));
const some = (abort: Abort, has: (lane: Lane) => boolean) => abort.servers.some((lane) => !isBack(lane) && has(lane));

export const WORKFLOW_STEPS: readonly Step[] = [
  {
    header: 'Drain',
    isDone: (abort) => every(abort, ({ stopRequestedAt }) => stopRequestedAt !== undefined),
    isCurrent: (abort) => some(abort, ({ stopRequestedAt }) => stopRequestedAt === undefined),
  },
  {
    header: 'Stop, with proof',
    isDone: (abort) => every(abort, ({ stoppedAt }) => stoppedAt !== undefined),
    isCurrent: (abort) => some(abort, (lane) => lane.stopRequestedAt !== undefined && lane.stoppedAt === undefined),
  },
  {
    header: 'Settle',
    isDone: (abort) => every(abort, ({ settledAt }) => settledAt !== undefined),
    isCurrent: (abort) => some(abort, (lane) => lane.stoppedAt !== undefined && lane.settledAt === undefined),
  },
  {
    header: 'Complete',
    isDone: ({ status }) => status === 'Completed' || status === 'Withdrawn',
    isCurrent: (abort) => every(abort, ({ settledAt }) => settledAt !== undefined),
  },
];
