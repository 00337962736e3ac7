import { z } from 'zod';
import type { OpenTask } from '#local/aws/stepfunctions/execution/execution';
import { AwsError } from '#local/aws/wire/aws-json';
import { MAX_PAYLOAD_BYTES } from './limits.ts';
import type { Service, ServiceOperation } from './operations.ts';
import { executionOfToken } from './tokens.ts';

const taskToken = z.string().min(1).max(2048);
const successRequest = z.strictObject({ taskToken, output: z.string() });
const failureRequest = z.strictObject({
  taskToken,
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});
const heartbeatRequest = z.strictObject({ taskToken });

/** The outcome is recorded when the call is answered. A repeat is refused as TaskTimedOut: the first one counted. */
export const sendTaskSuccess: ServiceOperation<z.infer<typeof successRequest>> = {
  request: successRequest,
  run(service, { taskToken: token, output }) {
    const task = findTask(service, token);
    task.succeed(parseOutput(output));
    return {};
  },
};

/** As with a success, the outcome is recorded when the call is answered. */
export const sendTaskFailure: ServiceOperation<z.infer<typeof failureRequest>> = {
  request: failureRequest,
  run(service, { taskToken: token, ...failure }) {
    findTask(service, token).fail(failure);
    return {};
  },
};

/** Gives the task a whole interval again; nothing changes for a task without HeartbeatSeconds. */
export const sendTaskHeartbeat: ServiceOperation<z.infer<typeof heartbeatRequest>> = {
  request: heartbeatRequest,
  run(service, { taskToken: token }) {
    findTask(service, token).heartbeat();
    return {};
  },
};

/** Throws InvalidToken, TaskDoesNotExist (its execution is not known), or TaskTimedOut (its task is over). */
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
