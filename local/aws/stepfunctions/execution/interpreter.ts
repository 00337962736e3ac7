import { z } from 'zod';
import type { Definition, State, Workflow } from '#local/aws/stepfunctions/definition/definition';
import { eventData } from '#local/aws/stepfunctions/history';
import type { Ending, Execution } from './execution.ts';
import { type Failure, runtimeFailure, StateFailure } from './failures.ts';
import { Frame, type Host } from './frame.ts';
import { runMap } from './map.ts';
import { recover } from './recovery.ts';
import { runSimpleState } from './simple-states.ts';
import { runTask } from './task.ts';
import { type Leaving, leave, leavingSchema, noteFailedEvaluation, type Visit } from './visit.ts';

/**
 * Runs an execution to its end, from its start or from where an earlier process left it. Completed states do not run
 * again. A Lambda that was running when that process died is invoked again with the same payload, so it must be
 * idempotent. Returns also when the execution is stopped or suspended. Never throws.
 */
export async function interpret(execution: Execution, definition: Definition, host: Host): Promise<void> {
  const root = new Frame({ execution, host, signal: execution.signal, path: '', variables: {}, lastEventId: 0 });
  try {
    const output = await runFrame(root, definition, JSON.parse(execution.header.input));
    end(root, { status: 'SUCCEEDED', output: JSON.stringify(output) }, eventData('output', output));
  } catch (error) {
    if (execution.signal.aborted) return;
    const failure = error instanceof StateFailure ? error.failure : internalFailure(execution, host, error);
    end(root, { status: 'FAILED', ...failure }, failure);
  }
}

function end({ execution, host, lastEventId }: Frame, ending: Omit<Ending, 'stoppedAt'>, details: Failure): void {
  const type = ending.status === 'SUCCEEDED' ? 'ExecutionSucceeded' : 'ExecutionFailed';
  execution.end({ ...ending, stoppedAt: host.clock.now() }, { type, previousEventId: lastEventId, details });
}

function internalFailure(execution: Execution, host: Host, error: unknown): Failure {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.log(`The execution ${execution.arn} failed because of a fault in the interpreter: ${cause}`);
  return { error: 'States.Runtime', cause };
}

async function runFrame(frame: Frame, workflow: Workflow, input: unknown): Promise<unknown> {
  let name: string | undefined = workflow.StartAt;
  let output = input;
  while (name !== undefined) {
    const state: State | undefined = workflow.States[name];
    if (state === undefined) throw runtimeFailure(`There is no state "${name}".`);
    const left: Leaving = await runState(frame, name, { state, input: output });
    Object.assign(frame.variables, left.assigned);
    output = left.output;
    name = left.next;
  }
  return output;
}

async function runState(
  frame: Frame,
  name: string,
  { state, input }: { state: State; input: unknown },
): Promise<Leaving> {
  frame.nextStep(state.Type);
  const visit = await enter(frame, name, { state, input });
  return frame.once('left', leavingSchema, {
    decide: () => visitState(visit, state),
    event: ({ output, assigned }) => ({
      type: `${state.Type}StateExited`,
      details: { name, ...eventData('output', output), ...(assigned ? assignedData(assigned) : {}) },
    }),
  });
}

async function enter(frame: Frame, name: string, { state, input }: { state: State; input: unknown }): Promise<Visit> {
  const enteredAt = await frame.once('entered', z.number(), {
    decide: () => frame.host.clock.now(),
    event: () => ({ type: `${state.Type}StateEntered`, details: { name, ...eventData('input', input) } }),
  });
  return { frame, name, input, enteredAt, enteredEventId: frame.lastEventId, retryCount: 0 };
}

async function visitState(visit: Visit, state: State): Promise<Leaving> {
  if (state.Type === 'Task' || state.Type === 'Map') {
    return recover(visit, state, async () => {
      const result = state.Type === 'Task' ? await runTask(visit, state) : await runMap(visit, state, runFrame);
      return leave(visit, state, { otherwise: result, next: state.Next, extra: { result } });
    });
  }
  try {
    return await runSimpleState(visit, state);
  } catch (error) {
    noteFailedEvaluation(visit, error);
    throw error;
  }
}

function assignedData(assigned: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]);
  return { assignedVariables: Object.fromEntries(values), assignedVariablesDetails: { truncated: false } };
}
