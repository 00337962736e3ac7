import { z } from 'zod';
import type { OpenTask } from '#local/aws/stepfunctions/execution/execution';
import { AwsError } from '#local/aws/wire/aws-json';
import { MAX_CAUSE_CHARACTERS, MAX_ERROR_CHARACTERS, MAX_PAYLOAD_BYTES, MAX_TASK_TOKEN_CHARACTERS } from './limits.ts';
import type { Service, ServiceOperation } from './shared.ts';
import { executionOfToken } from './tokens.ts';

const taskTokenSchema = z.string().min(1).max(MAX_TASK_TOKEN_CHARACTERS);
const successRequestSchema = z.strictObject({ taskToken: taskTokenSchema, output: z.string() });
const failureRequestSchema = z.strictObject({
  taskToken: taskTokenSchema,
  error: z.string().max(MAX_ERROR_CHARACTERS).optional(),
  cause: z.string().max(MAX_CAUSE_CHARACTERS).optional(),
});
const heartbeatRequestSchema = z.strictObject({ taskToken: taskTokenSchema });

/**
 * Records the outcome before it replies.
 * @throws AwsError InvalidToken, TaskDoesNotExist, InvalidOutput; TaskTimedOut for a repeat: the first call counted
 */
export const sendTaskSuccess: ServiceOperation<z.infer<typeof successRequestSchema>> = {
  requestSchema: successRequestSchema,
  run(service, { taskToken: token, output }) {
    const task = findTask(service, token);
    task.succeed(parseOutput(output));
    return {};
  },
};

/**
 * Records the outcome before it replies.
 * @throws AwsError InvalidToken, TaskDoesNotExist; TaskTimedOut for a repeat: the first call counted
 */
export const sendTaskFailure: ServiceOperation<z.infer<typeof failureRequestSchema>> = {
  requestSchema: failureRequestSchema,
  run(service, { taskToken: token, ...failure }) {
    findTask(service, token).fail(failure);
    return {};
  },
};

/**
 * Restarts the task's heartbeat interval. Changes nothing for a task without HeartbeatSeconds.
 * @throws AwsError InvalidToken, TaskDoesNotExist, TaskTimedOut
 */
export const sendTaskHeartbeat: ServiceOperation<z.infer<typeof heartbeatRequestSchema>> = {
  requestSchema: heartbeatRequestSchema,
  run(service, { taskToken: token }) {
    findTask(service, token).heartbeat();
    return {};
  },
};

/** Throws InvalidToken, TaskDoesNotExist (unknown execution), or TaskTimedOut (the task has ended). */
function findTask({ executions }: Service, token: string): OpenTask {
  const arn = executionOfToken(token);
  if (arn === undefined) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  const execution = executions.find(arn);
  if (!execution) throw new AwsError('TaskDoesNotExist', `Task Does Not Exist: '${token}'`);
  const task = execution.openTasks.get(token);
  if (!task) throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  return task;
}

function parseOutput(output: string): unknown {
  if (Buffer.byteLength(output) > MAX_PAYLOAD_BYTES) {
    throw new AwsError('InvalidOutput', `Invalid Output: 'at most ${MAX_PAYLOAD_BYTES} bytes'`);
  }
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${error instanceof Error ? error.message : error}'`);
  }
}
