/** Reads the workflows and fills in what only a host knows. Both hosts read them here, so they cannot drift apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MISSED_HEARTBEATS } from '#domain/limits';
import type { CatalogEntry } from '#functions/catalog/catalog';

/** A workflow as Step Functions takes it: `definition` is its JSON. */
export type Workflow = { readonly name: string; readonly definition: string };

type Setup = {
  /** By default the directory of this file. */
  readonly directory?: string;
  readonly catalog: readonly CatalogEntry[];
  readonly arnOf: (functionName: string) => string;
  readonly drainSeconds: number;
  readonly heartbeatSeconds: number;
};

const SUFFIX = '.asl.json';

/** A workflow refers to something that the catalog does not have. */
class UnknownPlaceholder extends Error {
  override readonly name = 'UnknownPlaceholder';
}

/**
 * The workflows by the names of their files. `${StepName}` becomes the ARN of the function that the catalog has for the
 * step, `${DrainSeconds}` and `${HeartbeatTimeoutSeconds}` become numbers.
 * @throws UnknownPlaceholder for any other placeholder
 */
export function readWorkflows(setup: Setup): Workflow[] {
  const { directory = import.meta.dirname } = setup;
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(SUFFIX))
    .sort();
  const values = placeholdersOf(setup);
  return files.map((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    return { name: file.slice(0, -SUFFIX.length), definition: fillIn(text, values, file) };
  });
}

function placeholdersOf({ catalog, arnOf, drainSeconds, heartbeatSeconds }: Setup): Map<string, string> {
  const steps = catalog.flatMap(({ name, calledBy }) =>
    'step' in calledBy ? [[calledBy.step, arnOf(name)] as const] : [],
  );
  return new Map([
    ...steps,
    ['DrainSeconds', String(drainSeconds)],
    ['HeartbeatTimeoutSeconds', String(heartbeatSeconds * MISSED_HEARTBEATS)],
  ]);
}

function fillIn(text: string, values: ReadonlyMap<string, string>, file: string): string {
  return text.replaceAll(/\$\{([A-Za-z0-9]+)\}/g, (placeholder, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new UnknownPlaceholder(
      `statemachines/${file} has the placeholder ${placeholder}, but no step of the catalog has this state.`,
    );
  });
}
