/** The workflows, as the functions start them. */
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Job } from '#domain/job';
import { configuration } from './configuration.ts';

const stepFunctions = new SFNClient({});

/** An execution that failed for good is followed by another one after so long. */
const RESTART_AFTER_MS = 15 * 60 * 1000;

/**
 * Starts the pass over a cancelled job's tasks. One execution a job, and another one every 15 minutes while the pass has not come to
 * its end (`now`, given by the reaper): starting it again does no harm.
 */
export async function startCancelTasks(job: Job, now?: Date): Promise<void> {
  const sinceMs = (now?.getTime() ?? 0) - Date.parse(job.cancel?.requestedAt ?? '');
  const followers = Math.max(0, Math.floor(sinceMs / RESTART_AFTER_MS));
  await start('cancel-job', followers === 0 ? job.jobId : `${job.jobId}-${followers}`, { jobId: job.jobId });
}

async function start(workflow: string, name: string, input: unknown): Promise<void> {
  const stateMachineArn = `${configuration().stateMachineArnPrefix}${workflow}`;
  try {
    await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    // It was started before: that is what was wanted.
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
