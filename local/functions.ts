/** Starts Lambda: inside this process, or like AWS with a process for each execution environment. */
import { CATALOG } from '#functions/catalog/catalog';
import { Chance } from '#local/aws/chance';
import { AsyncCalls } from '#local/aws/lambda/async-calls';
import { Environments } from '#local/aws/lambda/environments';
import { type Functions, type Invoke, type LambdaFunction, loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf, programsOf } from './catalog.ts';
import type { Start } from './start-parts.ts';

/**
 * The functions of the catalog, and those of this machine only, which always run inside this process.
 * @throws FunctionNotLoaded naming a function that cannot be loaded; with `likeAws` its first call fails
 */
export async function startFunctions(
  { options, environment, closing, log }: Start,
  ownFunctions: readonly LambdaFunction[],
): Promise<Functions> {
  if (!options.likeAws) return await loadFunctions([...functionsOf(CATALOG), ...ownFunctions]);
  const own = await loadFunctions(ownFunctions);
  const ownNames = new Set(ownFunctions.map(({ name }) => name));
  const environments = new Environments({ programs: programsOf(CATALOG), environment, log });
  const close = () => environments.close();
  closing.add({ name: 'Lambda', close, kill: close });
  return {
    ...own,
    invoke: (name, event) => (ownNames.has(name) ? own.invoke(name, event) : environments.invoke(name, event)),
  };
}

type Events = { readonly onEvent: Invoke; readonly onSchedule: Invoke };

/** Calls functions for events and schedules: each once and at once, or like AWS through Lambda's queue. */
export function startEvents({ options, closing, log, seed }: Start, invoke: Invoke): Events {
  if (!options.likeAws) return { onEvent: invoke, onSchedule: invoke };
  const calls = new AsyncCalls({ invoke, chance: new Chance(seed), log });
  closing.add({ name: 'The queue of events', close: () => calls.close() });
  return {
    onEvent: (name, event) => calls.call(name, event),
    // EventBridge does not wait for the function: the next call may overlap with this one.
    onSchedule: async (name, event) => void calls.call(name, event),
  };
}
