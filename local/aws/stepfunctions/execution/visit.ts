import { z } from 'zod';
import { ROLE_ARN, stateMachineArn } from '#local/aws/stepfunctions/arns';
import type { PassesOn } from '#local/aws/stepfunctions/definition/definition';
import { MAX_PAYLOAD_BYTES, payloadBytes } from '#local/aws/stepfunctions/limits';
import { evaluateTemplate } from './expressions.ts';
import { QueryFailure, StateFailure } from './failures.ts';
import type { Frame } from './frame.ts';

const MAX_QUOTED_CHARACTERS = 200;

/** One visit of a frame to a state. */
export type Visit = {
  readonly frame: Frame;
  readonly name: string;
  readonly input: unknown;
  readonly enteredEventId: number;
  /** Epoch milliseconds. */
  readonly enteredAt: number;
  retryCount: number;
};

export const leavingSchema = z.object({
  output: z.unknown(),
  assigned: z.record(z.string(), z.unknown()).optional(),
  next: z.string().optional(),
});
/** How a state is left: its output, its variables and the next state. Without `next` the frame ends. */
export type Leaving = z.infer<typeof leavingSchema>;

/** What expressions can read besides the input: a result, an error, the task's token, another item. */
type Extra = {
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
};

/**
 * The value of a field of the visited state.
 * @throws QueryFailure when it cannot be evaluated or does not match the schema
 */
export async function evaluateField<T>(
  visit: Visit,
  { field, template, schema, extra = {} }: { field: string; template: unknown; schema: z.ZodType<T>; extra?: Extra },
): Promise<T> {
  const place = { state: visit.name, field, enteredEventId: visit.enteredEventId };
  const { context, ...rest } = extra;
  const states = { input: visit.input, context: { ...contextOf(visit), ...context }, ...rest };
  const value = await evaluateTemplate(
    template,
    { ...visit.frame.variables, states, millis: () => visit.frame.host.clock.now() },
    place,
  );
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map((issue) => issue.message).join('; ');
  throw new QueryFailure(
    place,
    `The field '${field}' got ${JSON.stringify(value).slice(0, MAX_QUOTED_CHARACTERS)}: ${problem}.`,
  );
}

/**
 * Evaluates Output and Assign side by side; neither sees the other's result. Without an Output the state returns
 * `otherwise`.
 * @throws QueryFailure when either cannot be evaluated
 * @throws StateFailure States.DataLimitExceeded for an output of more than 256 KiB
 */
export async function leave(
  visit: Visit,
  { Output, Assign }: PassesOn,
  { otherwise, next, extra = {} }: { otherwise: unknown; next: string | undefined; extra?: Extra },
): Promise<Leaving> {
  const [output, assigned] = await Promise.all([
    Output === undefined
      ? otherwise
      : evaluateField(visit, { field: 'Output', template: Output, schema: z.unknown(), extra }),
    Assign &&
      evaluateField(visit, { field: 'Assign', template: Assign, schema: z.record(z.string(), z.unknown()), extra }),
  ]);
  if (payloadBytes(output) > MAX_PAYLOAD_BYTES) throw dataLimitFailure(visit.name);
  return { output, assigned, next };
}

/** The failure of a state or task whose result exceeds the payload limit. */
export function dataLimitFailure(name: string): StateFailure {
  const cause = `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return new StateFailure({ error: 'States.DataLimitExceeded', cause });
}

/** Adds a failed evaluation to the history. Ignores other errors. */
export function noteFailedEvaluation(visit: Visit, error: unknown): void {
  if (!(error instanceof QueryFailure)) return;
  const details = { ...error.failure, location: error.location, state: error.state };
  visit.frame.emit(`evaluationFailed.${visit.retryCount}`, { type: 'EvaluationFailed', details });
}

function contextOf({ frame, name, enteredAt, retryCount }: Visit): Record<string, unknown> {
  const { header, arn } = frame.execution;
  return {
    Execution: {
      Id: arn,
      Input: JSON.parse(header.input),
      Name: header.name,
      RoleArn: ROLE_ARN,
      StartTime: new Date(header.startedAt).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: stateMachineArn(header.stateMachine), Name: header.stateMachine },
    State: { Name: name, EnteredTime: new Date(enteredAt).toISOString(), RetryCount: retryCount },
    ...(frame.item ? { Map: { Item: frame.item } } : {}),
  };
}
