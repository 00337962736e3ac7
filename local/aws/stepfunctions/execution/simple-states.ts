import { z } from 'zod';
import type {
  ChoiceState,
  FailState,
  MapState,
  State,
  TaskState,
} from '#local/aws/stepfunctions/definition/definition';
import { StateFailure } from './failures.ts';
import { evaluateField, type Leaving, leave, type Visit } from './visit.ts';

/**
 * Runs a state without Retry and Catch.
 * @throws StateFailure for Fail, and for a Choice without a match and a Default
 */
export async function runSimpleState(visit: Visit, state: Exclude<State, TaskState | MapState>): Promise<Leaving> {
  if (state.Type === 'Choice') return choose(visit, state);
  if (state.Type === 'Fail') throw await failureOf(visit, state);
  return leave(visit, state, { otherwise: visit.input, next: 'Next' in state ? state.Next : undefined });
}

/** The first rule that holds decides, with its own Output and Assign. The state's own apply to the default. */
async function choose(visit: Visit, state: ChoiceState): Promise<Leaving> {
  for (const rule of state.Choices) {
    const condition = { field: 'Condition', template: rule.Condition, schema: z.boolean() };
    if (await evaluateField(visit, condition)) return leave(visit, rule, { otherwise: visit.input, next: rule.Next });
  }
  if (state.Default !== undefined) return leave(visit, state, { otherwise: visit.input, next: state.Default });
  const cause = `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredEventId}). Failed to transition out of the state. The state does not point to a next state.`;
  throw new StateFailure({ error: 'States.NoChoiceMatched', cause });
}

async function failureOf(visit: Visit, { Error: error, Cause: cause }: FailState): Promise<StateFailure> {
  const schema = z.string().optional();
  return new StateFailure({
    error: await evaluateField(visit, { field: 'Error', template: error, schema }),
    cause: await evaluateField(visit, { field: 'Cause', template: cause, schema }),
  });
}
