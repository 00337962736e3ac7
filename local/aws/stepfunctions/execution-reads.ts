/** The operations that read executions. */
import { z } from 'zod';
import type { Execution } from '#local/aws/stepfunctions/execution/execution';
import { AwsError } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { stateMachineArn } from './arns.ts';
import { eventOnWire } from './history.ts';
import type { Service, ServiceOperation } from './shared.ts';
import { checkArn, findStateMachine, pageFields } from './state-machine-operations.ts';

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

/** @throws AwsError InvalidArn, ExecutionDoesNotExist */
export function findExecution({ executions }: Service, arn: string): Execution {
  checkArn(arn, 'execution');
  const found = executions.find(arn);
  if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return found;
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
