/** Starts Lambda: inside this process, or like AWS with a process for each execution environment. */
import { CATALOG } from '#functions/catalog/catalog';
import { Environments } from '#local/aws/lambda/environments';
import { type Functions, type LambdaFunction, loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf, programsOf } from './catalog.ts';
import type { Start } from './parts.ts';

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
