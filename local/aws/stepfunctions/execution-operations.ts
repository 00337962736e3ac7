import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Execution } from '#local/aws/stepfunctions/execution/execution';
import { AwsError } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { executionArn, stateMachineArn } from './arns.ts';
import { eventOnWire } from './history.ts';
import { MAX_CAUSE_CHARACTERS, MAX_ERROR_CHARACTERS, MAX_NAME_CHARACTERS, MAX_PAYLOAD_BYTES } from './limits.ts';
import type { Service, ServiceOperation } from './service.ts';
import { checkArn, findStateMachine, pageFields } from './state-machine-operations.ts';

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

const describeRequestSchema = z.strictObject({
  executionArn: z.string(),
  includedData: z.literal('ALL_DATA').optional(),
});

/**
 * Returns input, output or failure, and times.
 * @throws AwsError InvalidArn, ExecutionDoesNotExist
 */
export const describeExecution: ServiceOperation<z.infer<typeof describeRequestSchema>> = {
  requestSchema: describeRequestSchema,
  run(service, request) {
    const execution = findExecution(service, request.executionArn);
    const { output, error, cause } = execution.ending ?? {};
    return {
      ...listItem(execution),
      input: execution.header.input,
      inputDetails: { included: true },
      ...(output === undefined ? { error, cause } : { output, outputDetails: { included: true } }),
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: `Execution is ${execution.status} and cannot be redriven here`,
    };
  },
};

const statusSchema = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']);
const listRequestSchema = z.strictObject({
  stateMachineArn: z.string(),
  statusFilter: statusSchema.optional(),
  ...pageFields,
});

/**
 * The newest first.
 * @throws AwsError InvalidArn, StateMachineDoesNotExist, WrongToken
 */
export const listExecutions: ServiceOperation<z.infer<typeof listRequestSchema>> = {
  requestSchema: listRequestSchema,
  run(service, { stateMachineArn: arn, statusFilter, ...page }) {
    const { name } = findStateMachine(service, arn);
    const matching = service.executions
      .list()
      .filter(({ header, status }) => header.stateMachine === name && (statusFilter ?? status) === status);
    const { items, ...rest } = pageOf(matching, (each) => each.arn, page);
    return { executions: items.map(listItem), ...rest };
  },
};

const historyRequestSchema = z.strictObject({
  executionArn: z.string(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.literal(true).optional(),
  ...pageFields,
});

/**
 * Returns a page of the execution's events.
 * @throws AwsError InvalidArn, ExecutionDoesNotExist, WrongToken
 */
export const getExecutionHistory: ServiceOperation<z.infer<typeof historyRequestSchema>> = {
  requestSchema: historyRequestSchema,
  run(service, { executionArn: arn, reverseOrder, ...page }) {
    const { events } = findExecution(service, arn);
    const { items, ...rest } = pageOf(reverseOrder ? events.toReversed() : events, ({ id }) => String(id), page);
    return { events: items.map(eventOnWire), ...rest };
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

function findExecution({ executions }: Service, arn: string): Execution {
  checkArn(arn, 'execution');
  const found = executions.find(arn);
  if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return found;
}

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

function listItem({ arn, header, status, ending }: Execution) {
  return {
    executionArn: arn,
    stateMachineArn: stateMachineArn(header.stateMachine),
    name: header.name,
    status,
    startDate: header.startedAt / 1000,
    stopDate: ending && ending.stoppedAt / 1000,
    redriveCount: 0,
  };
}
