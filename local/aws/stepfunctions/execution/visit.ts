import { z } from 'zod';
import { ROLE_ARN, stateMachineArn } from '#local/aws/stepfunctions/arns';
import type { PassesOn } from '#local/aws/stepfunctions/definition/definition';
import { MAX_PAYLOAD_BYTES, payloadBytes } from '#local/aws/stepfunctions/limits';
import { evaluateTemplate } from './expressions.ts';
import { QueryFailure, StateFailure } from './failures.ts';
import type { Frame } from './frame.ts';

/** One stay of a frame in one state. */
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
/** How a state is left: what it passes on, and to whom; no `next` ends the frame. */
export type Leaving = z.infer<typeof leavingSchema>;

/** What expressions see beside the input: a result, an error, the task's token, another item. */
type Extra = {
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
};

/** The value of a field of the visited state, as the schema wants it; otherwise States.QueryEvaluationError. */
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
  throw new QueryFailure(place, `The field '${field}' got ${JSON.stringify(value).slice(0, 200)}: ${problem}.`);
}

/**
 * Evaluates Output and Assign side by side: neither sees what the other makes. Without an Output the state passes on
 * `otherwise`. Fails with States.DataLimitExceeded on an output of more than 256 KiB.
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

/** The failure of what returned more than a payload may hold. */
export function dataLimitFailure(who: string): StateFailure {
  const cause = `The state/task '${who}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return new StateFailure({ error: 'States.DataLimitExceeded', cause });
}

/** Puts a failed evaluation into the history; other errors pass by. */
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
