import { type Operations, operation } from '#local/aws/wire/aws-json';
import { startExecution, stopExecution } from './execution-operations.ts';
import { describeExecution, getExecutionHistory, listExecutions } from './execution-reads.ts';
import type { Service, ServiceOperation } from './shared.ts';
import { describeStateMachine, listStateMachines } from './state-machine-operations.ts';
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess } from './task-operations.ts';

/** All operations of this stand-in, by their names on the wire. */
export function operationsOf(service: Service): Operations {
  const of = <T>({ requestSchema, run }: ServiceOperation<T>) =>
    operation(requestSchema, (request) => run(service, request));
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
