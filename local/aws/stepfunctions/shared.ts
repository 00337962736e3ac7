/** What the operations of Step Functions share. */
import type { z } from 'zod';
import type { Definition } from '#local/aws/stepfunctions/definition/definition';
import type { Executions } from '#local/aws/stepfunctions/execution/executions';
import type { Clock } from './clock.ts';

/** A loaded workflow. */
export type StateMachine = {
  readonly arn: string;
  readonly name: string;
  /** The definition as it was given. */
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

/** An operation: the schema of its request, which refuses unknown fields, and what it returns. */
export type ServiceOperation<T> = {
  readonly requestSchema: z.ZodType<T>;
  readonly run: (service: Service, request: T) => object;
};
