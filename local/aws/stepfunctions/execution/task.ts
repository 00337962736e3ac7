import { z } from 'zod';
import { REGION } from '#local/aws/stepfunctions/arns';
import type { TaskState } from '#local/aws/stepfunctions/definition/definition';
import { MAX_TIMEOUT_SECONDS } from '#local/aws/stepfunctions/limits';
import { createToken } from '#local/aws/stepfunctions/tokens';
import { runtimeFailure, StateFailure } from './failures.ts';
import { endedSchema, type Scheduled, scheduledSchema, TaskAttempt } from './task-attempt.ts';
import { evaluateField, type Visit } from './visit.ts';

const argumentsSchema = z.strictObject({ FunctionName: z.string().min(1), Payload: z.unknown().optional() });
const RESOURCE_TYPE = 'lambda';

/**
 * Makes one attempt of a Task (number `visit.retryCount`) and returns its result.
 * @throws StateFailure with the error of the Lambda or the callback, or a time-out
 */
export async function runTask(visit: Visit, state: TaskState): Promise<unknown> {
  const { frame, retryCount } = visit;
  const resource = { resourceType: RESOURCE_TYPE, resource: state.Resource.slice('arn:aws:states:::lambda:'.length) };
  const scheduled = await frame.once(`scheduled.${retryCount}`, scheduledSchema, {
    decide: () => schedule(visit, state),
    event: (value) => ({ type: 'TaskScheduled', details: { ...resource, ...scheduledDetails(value) } }),
  });
  frame.emit(`started.${retryCount}`, { type: 'TaskStarted', details: resource });
  const ended =
    frame.recall(`ended.${retryCount}`, endedSchema) ??
    (await new TaskAttempt({ frame, number: retryCount, resource, scheduled }).run());
  if (ended.failure) throw new StateFailure(ended.failure);
  return ended.result;
}

async function schedule(visit: Visit, state: TaskState): Promise<Scheduled> {
  const token = state.Resource.endsWith('.waitForTaskToken') ? createToken(visit.frame.execution.arn) : undefined;
  const extra = token === undefined ? {} : { context: { Task: { Token: token } } };
  const [given, timeoutSeconds, heartbeatSeconds] = await Promise.all([
    evaluateField(visit, { field: 'Arguments', template: state.Arguments, schema: z.unknown(), extra }),
    secondsOf(visit, 'TimeoutSeconds', state.TimeoutSeconds),
    secondsOf(visit, 'HeartbeatSeconds', state.HeartbeatSeconds),
  ]);
  const parsed = argumentsSchema.safeParse(given);
  if (!parsed.success) {
    throw runtimeFailure(`The Arguments ${JSON.stringify(given)} could not be used to start the Task '${visit.name}'.`);
  }
  const at = visit.frame.host.clock.now();
  return { arguments: parsed.data, at, token, timeoutSeconds, heartbeatSeconds };
}

function secondsOf(visit: Visit, field: string, template: unknown): Promise<number | undefined> {
  const schema = z.int().min(1).max(MAX_TIMEOUT_SECONDS).optional();
  return evaluateField(visit, { field, template, schema });
}

function scheduledDetails(scheduled: Scheduled): Record<string, unknown> {
  const { timeoutSeconds: timeoutInSeconds, heartbeatSeconds: heartbeatInSeconds } = scheduled;
  return { region: REGION, parameters: JSON.stringify(scheduled.arguments), timeoutInSeconds, heartbeatInSeconds };
}
