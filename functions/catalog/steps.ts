/** Every step of the workflows, one row each, by the name of its function. */
import * as z from 'zod';
import { MAX_SERVERS_PER_ABORT } from '#domain/limits';
import { BULK_MEMORY_MB, type CalledRow } from './rows.ts';
import {
  CANCELLING_RUNNING,
  COMPLETING_ABORT,
  FOLLOWING_END,
  HELD_TASKS,
  PASSING_CANCEL,
  PROVING_STOP,
  SETTLING,
  touching,
  WAKING,
  WRITING_LEFT,
} from './touches.ts';

/** `state` is the state of the workflow that calls the function. */
export type StepRow = CalledRow & { readonly state: string };

const jobInputSchema = z.object({ jobId: z.string() });
const abortInputSchema = z.object({ abortId: z.string() });
const serverInputSchema = z.object({ serverId: z.string() });
const STEP_SECONDS = 60;
/** A pass works through a job's tasks until its time is over; the workflow calls it again until all are done. */
const PASS_SECONDS = 120;

export const STEPS = {
  'cancel-tasks': {
    state: 'CancelTasks',
    input: jobInputSchema,
    touches: touching(CANCELLING_RUNNING, PASSING_CANCEL),
    timeoutSeconds: PASS_SECONDS,
    memoryMb: BULK_MEMORY_MB,
  },
  'write-tasks': {
    state: 'WriteTasks',
    input: jobInputSchema,
    touches: WRITING_LEFT,
    timeoutSeconds: PASS_SECONDS,
    memoryMb: BULK_MEMORY_MB,
  },
  'requeue-tasks': {
    state: 'RequeueTasks',
    input: jobInputSchema,
    touches: touching(FOLLOWING_END, PASSING_CANCEL, 'counts:Query', WAKING),
    timeoutSeconds: PASS_SECONDS,
    memoryMb: BULK_MEMORY_MB,
  },
  'drain-server': {
    state: 'DrainServer',
    input: z.object({ abortId: z.string(), serverId: z.string(), token: z.string() }),
    touches: ['servers:GetItem', 'servers:UpdateItem', 'workflows:SendTaskSuccess', 'workflows:SendTaskFailure'],
    timeoutSeconds: STEP_SECONDS,
  },
  'stop-server': {
    state: 'StopServer',
    input: z.object({ abortId: z.string(), serverId: z.string(), token: z.string(), timedOut: z.boolean() }),
    touches: touching(
      HELD_TASKS,
      'servers:GetItem',
      'servers:UpdateItem',
      'servers:BatchGetItem',
      'aborts:GetItem',
      'aborts:UpdateItem',
      'ecs:StopTask',
      'workflows:SendTaskSuccess',
      'workflows:SendTaskFailure',
    ),
    timeoutSeconds: STEP_SECONDS,
  },
  'find-stop-proof': {
    state: 'FindStopProof',
    input: serverInputSchema,
    touches: touching(PROVING_STOP, 'ecs:DescribeTasks'),
    timeoutSeconds: STEP_SECONDS,
    reservedConcurrency: MAX_SERVERS_PER_ABORT,
  },
  'settle-server': {
    state: 'SettleServer',
    input: serverInputSchema,
    touches: touching('servers:GetItem', SETTLING),
    timeoutSeconds: STEP_SECONDS,
    reservedConcurrency: MAX_SERVERS_PER_ABORT,
  },
  'complete-abort': {
    state: 'CompleteAbort',
    input: abortInputSchema,
    touches: COMPLETING_ABORT,
    timeoutSeconds: STEP_SECONDS,
  },
  'fail-abort': {
    state: 'FailAbort',
    input: z.object({ abortId: z.string(), step: z.string(), reason: z.string() }),
    touches: touching(COMPLETING_ABORT, 'servers:UpdateItem'),
    timeoutSeconds: STEP_SECONDS,
  },
} as const satisfies Readonly<Record<string, StepRow>>;
