import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Definition } from './definition.ts';
import {
  describeExecution,
  getExecutionHistory,
  listExecutions,
  startExecution,
  stopExecution,
} from './execution-operations.ts';
import type { Executions } from './executions.ts';
import { ServiceError, validationError } from './service-error.ts';
import { describeStateMachine, listStateMachines } from './state-machine-operations.ts';
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess } from './task-operations.ts';

export type StateMachine = {
  readonly arn: string;
  readonly name: string;
  readonly text: string;
  readonly definition: Definition;
  /** Epoch milliseconds. */
  readonly createdAt: number;
};

/** What the operations work on. */
export type Service = {
  readonly stateMachines: ReadonlyMap<string, StateMachine>;
  readonly executions: Executions;
  readonly clock: Clock;
};

/** An operation: the form of its request, in which unknown fields are refused, and what it answers. */
export type Operation<T> = { readonly request: z.ZodType<T>; readonly run: (service: Service, request: T) => object };

const OPERATIONS = new Map<string, (service: Service, body: unknown) => object>([
  ['ListStateMachines', checked(listStateMachines)],
  ['DescribeStateMachine', checked(describeStateMachine)],
  ['StartExecution', checked(startExecution)],
  ['DescribeExecution', checked(describeExecution)],
  ['ListExecutions', checked(listExecutions)],
  ['GetExecutionHistory', checked(getExecutionHistory)],
  ['StopExecution', checked(stopExecution)],
  ['SendTaskSuccess', checked(sendTaskSuccess)],
  ['SendTaskFailure', checked(sendTaskFailure)],
  ['SendTaskHeartbeat', checked(sendTaskHeartbeat)],
]);

/** Performs the named operation. Throws a ServiceError: UnknownOperationException for one that this host does not have. */
export function perform(service: Service, operation: string, body: unknown): object {
  const run = OPERATIONS.get(operation);
  if (!run) {
    const known = [...OPERATIONS.keys()].join(', ');
    throw new ServiceError(
      'UnknownOperationException',
      `"${operation}" is not one of this host's operations: ${known}.`,
    );
  }
  return run(service, body);
}

function checked<T>({ request, run }: Operation<T>): (service: Service, body: unknown) => object {
  return (service, body) => {
    const parsed = request.safeParse(body);
    if (parsed.success) return run(service, parsed.data);
    throw validationError(z.prettifyError(parsed.error));
  };
}
