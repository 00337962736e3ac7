/** The operations that start and stop executions. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '#local/aws/wire/aws-json';
import { executionArn } from './arns.ts';
import { findExecution } from './execution-reads.ts';
import { MAX_CAUSE_CHARACTERS, MAX_ERROR_CHARACTERS, MAX_NAME_CHARACTERS, MAX_PAYLOAD_BYTES } from './limits.ts';
import type { ServiceOperation } from './shared.ts';
import { findStateMachine } from './state-machine-operations.ts';

/** Step Functions refuses these in names: space, brackets, wildcards, special and control characters. */
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

const startRequestSchema = z.strictObject({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});

/**
 * A second start with the same name and input returns the first execution while that runs.
 * @throws AwsError InvalidName, InvalidExecutionInput, ExecutionAlreadyExists, StateMachineDoesNotExist
 */
export const startExecution: ServiceOperation<z.infer<typeof startRequestSchema>> = {
  requestSchema: startRequestSchema,
  run(service, { stateMachineArn: arn, name = randomUUID(), input }) {
    const { name: stateMachine, text, definition } = findStateMachine(service, arn);
    checkName(name);
    checkInput(input);
    const taken = service.executions.find(executionArn(stateMachine, name));
    if (taken && (taken.ending || taken.header.input !== input)) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${taken.arn}'`);
    }
    const header = { stateMachine, name, input, startedAt: service.clock.now(), definition: text };
    const execution = taken ?? service.executions.start(header, definition);
    return { executionArn: execution.arn, startDate: execution.header.startedAt / 1000 };
  },
};

const stopRequestSchema = z.strictObject({
  executionArn: z.string(),
  error: z.string().max(MAX_ERROR_CHARACTERS).optional(),
  cause: z.string().max(MAX_CAUSE_CHARACTERS).optional(),
});

/**
 * Stopping an execution that has ended changes nothing and returns when it ended.
 * @throws AwsError InvalidArn, ExecutionDoesNotExist
 */
export const stopExecution: ServiceOperation<z.infer<typeof stopRequestSchema>> = {
  requestSchema: stopRequestSchema,
  run(service, { executionArn: arn, error, cause }) {
    const execution = findExecution(service, arn);
    const stoppedAt = service.clock.now();
    const event = { type: 'ExecutionAborted', previousEventId: 0, details: { error, cause } };
    if (!execution.ending) execution.end({ status: 'ABORTED', error, cause, stoppedAt }, event);
    return { stopDate: (execution.ending?.stoppedAt ?? stoppedAt) / 1000 };
  },
};

function checkName(name: string): void {
  if (name === '' || name.length > MAX_NAME_CHARACTERS || FORBIDDEN_IN_NAMES.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

function checkInput(input: string): void {
  if (Buffer.byteLength(input) > MAX_PAYLOAD_BYTES) {
    throw new AwsError('WrongInput', `Value at 'input' must have at most ${MAX_PAYLOAD_BYTES} bytes.`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${problem}'`);
  }
}
