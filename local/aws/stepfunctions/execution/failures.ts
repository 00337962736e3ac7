/**
 * The errors of states, and which of them a Retry or a Catch matches.
 * Source: AWS, "Handling errors in Step Functions workflows".
 */
import { z } from 'zod';

export const failureSchema = z.object({ error: z.string().optional(), cause: z.string().optional() });
/** The error and the cause of a failed state. */
export type Failure = z.infer<typeof failureSchema>;

/** Ends a state, and the execution too unless a Retry or a Catch matches. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.error}: ${failure.cause}`);
    this.failure = failure;
  }
}

/** An expression that could not be evaluated, with its state and field. */
export class QueryFailure extends StateFailure {
  readonly state: string;
  readonly location: string;

  constructor(place: { state: string; field: string; enteredEventId: number }, problem: string) {
    const where = `An error occurred while executing the state '${place.state}' (entered at the event id #${place.enteredEventId}).`;
    super({ error: 'States.QueryEvaluationError', cause: `${where} ${problem}` });
    this.state = place.state;
    this.location = place.field;
  }
}

/** A States.Runtime failure, which States.ALL does not match. */
export function runtimeFailure(cause: string): StateFailure {
  return new StateFailure({ error: 'States.Runtime', cause });
}

const TIMEOUTS = ['States.Timeout', 'States.HeartbeatTimeout'];

/** Whether an `ErrorEquals` matches. States.Timeout includes missed heartbeats; States.TaskFailed includes neither. */
export function matchesError(errorEquals: readonly string[], error = ''): boolean {
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (name === 'States.ALL') return error !== 'States.Runtime';
    if (name === 'States.TaskFailed') return error !== 'States.Runtime' && !TIMEOUTS.includes(error);
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}

/** `$states.errorOutput`. A field that the failure lacks is null. */
export function errorOutput(failure: Failure): { Error: string | null; Cause: string | null } {
  return { Error: failure.error ?? null, Cause: failure.cause ?? null };
}

/** The failure of a Lambda that threw. It has the error's name; its cause is the JSON that Lambda writes. */
export function lambdaFailure(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const trace = (error.stack ?? '').split('\n');
  return {
    error: error.name,
    cause: JSON.stringify({ errorType: error.name, errorMessage: error.message, trace }),
  };
}
