/** What a function does on AWS, seen on the wire: the actions of its requests, in the words of the catalog's touches. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { TABLES } from '#store/schema';
import type { Call, Wire } from '#test/support/store/wire';

export type Wires = { readonly dynamoDb: Wire; readonly stepFunctions: Wire; readonly ecs?: Wire };
export type Recorder = {
  /** Runs it and notes every action that is made meanwhile as one of this function, or of this program. One at a time. */
  recordActions<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Does something of the test's own while a function is held on the wire: it is not noted. */
  aside<T>(run: () => Promise<T>): Promise<T>;
  /** All that was noted of the function so far, sorted. */
  actionsOf(name: string): string[];
};

/** Listens on the wires from now on. */
export function createRecorder({ dynamoDb, stepFunctions, ecs }: Wires): Recorder {
  const recorded = new Map<string, Set<string>>();
  let current: Set<string> | undefined;
  const note = (actions: readonly string[]) => {
    for (const action of actions) current?.add(action);
  };
  dynamoDb.onCall((call) => note(tableActions(call)));
  stepFunctions.onCall(({ operation }) => note([`workflows:${operation}`]));
  ecs?.onCall(({ operation }) => note([`ecs:${operation}`]));

  async function during<T>(actions: Set<string> | undefined, run: () => Promise<T>): Promise<T> {
    const before = current;
    current = actions;
    try {
      return await run();
    } finally {
      current = before;
    }
  }

  return {
    recordActions(name, run) {
      if (current) throw new Error(`Something else is being recorded: whose actions are those of ${name}?`);
      const actions = recorded.get(name) ?? new Set();
      recorded.set(name, actions);
      return during(actions, run);
    },
    aside: (run) => during(undefined, run),
    actionsOf: (name) => [...(recorded.get(name) ?? [])].sort(),
  };
}

/** To stand last in a file that drives these functions through all that they do: nothing else was done, nothing is granted that was not. */
export function testTouches(recorder: Recorder, names: readonly string[]): void {
  test.each(names)('%s touches all that the catalog says and nothing else', (name) => {
    const entry = CATALOG.find((each) => each.name === name);
    expect(recorder.actionsOf(name)).toEqual([...(entry?.touches ?? ['an entry of the catalog'])].sort());
  });
}

const requestSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
});

function tableActions({ operation, body }: Call): string[] {
  const { TableName, IndexName, RequestItems = {} } = requestSchema.parse(JSON.parse(body));
  const index = IndexName === undefined ? '' : `/${IndexName}`;
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.map((table) => `${shortName(table)}${index}:${operation}`);
}

function shortName(table: string): string {
  const found = Object.entries(TABLES).find(([, { name }]) => table.endsWith(`-${name}`));
  return found?.[0] ?? table;
}
