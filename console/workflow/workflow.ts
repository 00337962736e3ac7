/** The workflow `abort-job` as it is deployed, to be drawn. */
import * as z from 'zod';
import definition from '#statemachines/abort-job.asl.json' with { type: 'json' };

/** A state, those that come before it, and the Map state whose branch it is part of. */
export type State = {
  readonly name: string;
  readonly what: string;
  readonly after: readonly string[];
  /** Those that lead here when they fail, or are told to end early. */
  readonly afterFault: readonly string[];
  readonly within?: string;
};

const stateSchema = z.object({
  Type: z.string(),
  Comment: z.string().default(''),
  Next: z.string().optional(),
  TimeoutSeconds: z.union([z.number(), z.string()]).optional(),
  Catch: z.array(z.object({ Next: z.string() })).default([]),
});
type AslState = z.infer<typeof stateSchema>;
const branchSchema = z.object({ States: z.record(z.string(), stateSchema) });
const workflowSchema = z.object({
  States: z.record(z.string(), stateSchema.extend({ ItemProcessor: branchSchema.optional() })),
});

const { States: outer } = workflowSchema.parse(definition);
const named = Object.entries(outer).flatMap(([name, state]) =>
  state.ItemProcessor === undefined
    ? [{ name, state }]
    : Object.entries(state.ItemProcessor.States).map(([inner, each]) => ({ name: inner, state: each, within: name })),
);

/** The states in the order of the file. A Map state is the frame of its branch. */
export const STATES: readonly State[] = named.map(({ name, state, ...rest }) => {
  const after = named.filter((each) => nextOf(each) === name).map((each) => each.name);
  const caught = named.filter((each) => caughtBy(each).includes(name)).map((each) => each.name);
  const what = /^[^.]*\./.exec(state.Comment)?.[0] ?? '';
  return { name, what, after, afterFault: caught.filter((each) => !after.includes(each)), ...rest };
});

/** How long the workflow waits for the event that a server has stopped, before it asks ECS. */
export const STOP_TIMEOUT_SECONDS = Number(named.find(({ name }) => name === 'StopServer')?.state.TimeoutSeconds);

type Named = { readonly state: AslState; readonly within?: string };

/** The end of a branch leads to what follows its Map state. */
function nextOf({ state, within }: Named): string | undefined {
  const isEnd = state.Next === undefined && state.Type !== 'Fail';
  return isEnd && within !== undefined ? outer[within]?.Next : state.Next;
}

/** The failure of a branch leads to what catches that of its Map state. */
function caughtBy({ state, within }: Named): readonly string[] {
  const catchers = state.Type === 'Fail' && within !== undefined ? outer[within]?.Catch : state.Catch;
  return catchers?.map(({ Next }) => Next) ?? [];
}
