/** The workflows, and how the engine starts them. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Abort } from '#domain/aborts/abort';
import type { Job } from '#domain/jobs/job';
import { settings } from '#engine/settings';
import { request, stepFunctions } from './clients.ts';

/** While a pass has not ended, the reaper may start another execution of it this often. */
const RESTART_AFTER_MS = 15 * 60 * 1000;

/**
 * Starts the pass over a cancelled job's tasks. Each run of the job has one execution, and another one every 15 minutes
 * while the pass has not ended (`now` comes from the reaper). Starting it again does no harm.
 */
export async function startCancelTasks(job: Job, now?: Date): Promise<void> {
  await start('cancel-job', passName(job, job.cancel?.requestedAt, now), { jobId: job.jobId });
}

/** Starts the pass over a requeued job's tasks, like `startCancelTasks`. */
export async function startRequeueTasks(job: Job, now?: Date): Promise<void> {
  await start('requeue-job', passName(job, job.requeue?.requestedAt, now), { jobId: job.jobId });
}

/** Starts the writing of the tasks that the job's last request has left, like `startCancelTasks`. */
export async function startWriteTasks(job: Job, now?: Date): Promise<void> {
  const since = job.unwritten?.since ?? '';
  await start('submit-job', `${passName(job, since, now)}-${Date.parse(since)}`, { jobId: job.jobId });
}

function passName(job: Job, requestedAt: string | undefined, now: Date | undefined): string {
  const sinceMs = now && requestedAt !== undefined ? now.getTime() - Date.parse(requestedAt) : 0;
  const followers = Math.max(0, Math.floor(sinceMs / RESTART_AFTER_MS));
  return [job.jobId, job.run, followers].join('-');
}

/** Starts the workflow of a server abort. An abort has one execution: starting it again does no harm. */
export async function startAbortJob(abort: Abort): Promise<void> {
  const { abortId, serverIds, drainDeadline } = abort;
  await start('abort-job', abortId, { abortId, serverIds, drainDeadline });
}

/** The ARN of the execution of an abort's workflow. */
export function abortExecutionArn(abortId: string): string {
  return `${settings().stateMachineArnPrefix.replace(':stateMachine:', ':execution:')}abort-job:${abortId}`;
}

/** The status of the abort's execution; undefined if it was never started. */
export async function abortExecutionStatus(abortId: string): Promise<string | undefined> {
  try {
    const describe = new DescribeExecutionCommand({ executionArn: abortExecutionArn(abortId) });
    return (await request((options) => stepFunctions().send(describe, options))).status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

async function start(workflow: string, name: string, input: unknown): Promise<void> {
  const stateMachineArn = `${settings().stateMachineArnPrefix}${workflow}`;
  try {
    const start = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    await request((options) => stepFunctions().send(start, options));
  } catch (error) {
    // It was started before, as intended.
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
