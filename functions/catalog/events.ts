/** Every function that EventBridge calls, on a schedule or for an event of AWS, one row each by its name. */
import * as z from 'zod';
import type { CalledRow } from './rows.ts';
import { CLEARING_ADDED, LIVE_SERVERS, PROVING_STOP, REMOVING_SUBMISSION, touching, WAKING } from './touches.ts';

const containerSchema = z.object({
  name: z.string().optional(),
  exitCode: z.number().optional(),
  reason: z.string().optional(),
});

/** `everyHeartbeats` is its period, in heartbeats of the servers. */
export type ScheduleRow = CalledRow & { readonly everyHeartbeats: number };
/** `detailType` is that of the event that calls it. */
export type EventRow = CalledRow & { readonly detailType: 'ECS Task State Change' };

export const SCHEDULES = {
  reap: {
    /** Called once in this number of heartbeat periods of the servers: every 30 s on AWS, with heartbeats of 10 s. */
    everyHeartbeats: 3,
    input: z.unknown(),
    touches: touching(
      LIVE_SERVERS,
      PROVING_STOP,
      'ecs:StopTask',
      'ecs:DescribeTasks',
      'jobs/byPhase:Query',
      'tasks/byReady:Query',
      'counts:Query',
      CLEARING_ADDED,
      REMOVING_SUBMISSION,
      'rounds:GetItem',
      'rounds:UpdateItem',
      'aborts/byPhase:Query',
      'aborts:DeleteItem',
      'workflows:StartExecution',
      'workflows:DescribeExecution',
      'workflows:SendTaskFailure',
      WAKING,
    ),
    timeoutSeconds: 60,
    // Two calls may overlap: one that is late, and the next.
    reservedConcurrency: 2,
  },
} as const satisfies Readonly<Record<string, ScheduleRow>>;

export const EVENTS = {
  'prove-stop': {
    detailType: 'ECS Task State Change',
    input: z.object({
      time: z.string(),
      detail: z.object({
        taskArn: z.string(),
        lastStatus: z.string(),
        stoppedAt: z.string().optional(),
        stopCode: z.string().optional(),
        stoppedReason: z.string().optional(),
        containers: z.array(containerSchema).default([]),
      }),
    }),
    touches: PROVING_STOP,
    timeoutSeconds: 60,
    reservedConcurrency: 20,
  },
} as const satisfies Readonly<Record<string, EventRow>>;
