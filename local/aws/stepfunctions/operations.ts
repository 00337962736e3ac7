import type { z } from 'zod';
import type { Definition } from '#local/aws/stepfunctions/definition/definition';
import type { Executions } from '#local/aws/stepfunctions/execution/executions';
import { type Operations, operation } from '#local/aws/wire/aws-json';
import type { Clock } from './clock.ts';
import {
  describeExecution,
  getExecutionHistory,
  listExecutions,
  startExecution,
  stopExecution,
} from './execution-operations.ts';
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
export type ServiceOperation<T> = {
  readonly request: z.ZodType<T>;
  readonly run: (service: Service, request: T) => object;
};

/** All operations that this host has, by their names. */
export function operationsOf(service: Service): Operations {
  const of = <T>({ request, run }: ServiceOperation<T>) => operation(request, (given) => run(service, given));
  return {
    ListStateMachines: of(listStateMachines),
    DescribeStateMachine: of(describeStateMachine),
    StartExecution: of(startExecution),
    DescribeExecution: of(describeExecution),
    ListExecutions: of(listExecutions),
    GetExecutionHistory: of(getExecutionHistory),
    StopExecution: of(stopExecution),
    SendTaskSuccess: of(sendTaskSuccess),
    SendTaskFailure: of(sendTaskFailure),
    SendTaskHeartbeat: of(sendTaskHeartbeat),
  };
}
