/** What a function does on AWS, seen on the wire: the actions of its requests, as touches of the catalog. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { writeCounts } from '#store/counts/keep-counts';
import { TABLES } from '#store/schema';
import type { Call, Wire } from '#test/support/store/wire';

export type Wires = { readonly dynamoDb: Wire; readonly stepFunctions: Wire; readonly ecs?: Wire; readonly sqs: Wire };

/** Listens on the wires from its start. */
export class Recorder {
  readonly #recorded = new Map<string, Set<string>>();
  #current: Set<string> | undefined;

  constructor({ dynamoDb, stepFunctions, ecs, sqs }: Wires) {
    dynamoDb.onCall((call) => this.#note(() => tableActions(call)));
    stepFunctions.onCall(({ operation }) => this.#note(() => [`workflows:${operation}`]));
    ecs?.onCall(({ operation }) => this.#note(() => [`ecs:${operation}`]));
    // IAM knows no batch actions (SQS developer guide, "Amazon SQS batch actions").
    sqs.onCall(({ operation }) => this.#note(() => [`nudges:${operation.replace(/Batch$/, '')}`]));
  }

  /**
   * Runs it, and records every action meanwhile as one of this function or program.
   * @throws Error while another recording runs
   */
  recordActions<T>(name: string, run: () => Promise<T>): Promise<T> {
    if (this.#current) throw new Error(`Another recording runs: whose actions are those of ${name}?`);
    const actions = this.#recorded.get(name) ?? new Set();
    this.#recorded.set(name, actions);
    // What the test itself has moved until now, the function does not write.
    return this.#during(undefined, writeCounts).then(() => this.#during(actions, run));
  }

  /** Runs an act of the test itself while a function is held on the wire: it is not recorded. */
  aside<T>(run: () => Promise<T>): Promise<T> {
    return this.#during(undefined, () => run().finally(writeCounts));
  }

  /** All recorded actions of the function, sorted. */
  actionsOf(name: string): string[] {
    return [...(this.#recorded.get(name) ?? [])].sort();
  }

  /** Large bodies are read only while something is recorded. */
  #note(readActions: () => readonly string[]): void {
    if (this.#current) for (const action of readActions()) this.#current.add(action);
  }

  async #during<T>(actions: Set<string> | undefined, run: () => Promise<T>): Promise<T> {
    const before = this.#current;
    this.#current = actions;
    try {
      return await run();
    } finally {
      this.#current = before;
    }
  }
}

/** Stands last in a file that drives these functions through all that they do: each was granted exactly what it did. */
export function testTouches(recorder: Pick<Recorder, 'actionsOf'>, names: readonly string[]): void {
  test.each(names)('%s touches all that the catalog says and nothing else', (name) => {
    const entry = CATALOG.find((each) => each.name === name);
    expect(recorder.actionsOf(name)).toEqual([...(entry?.touches ?? ['an entry of the catalog'])].sort());
  });
}

const requestSchema = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
  Statements: z.array(z.object({ Statement: z.string() })).optional(),
});

function tableActions({ operation, body }: Call): string[] {
  const { TableName, IndexName, RequestItems = {}, Statements = [] } = requestSchema.parse(JSON.parse(body));
  if (Statements.length > 0) return Statements.map(({ Statement }) => actionOf(Statement));
  const index = IndexName === undefined ? '' : `/${IndexName}`;
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.map((table) => `${shortName(table)}${index}:${operation}`);
}

/** IAM knows statements by the action that they stand for (developer guide, "IAM security policies with PartiQL"). */
function actionOf(statement: string): string {
  const [, verb, table = statement] = /^(INSERT INTO|UPDATE) "([^"]+)"/.exec(statement) ?? [];
  return `${shortName(table)}:${verb === 'UPDATE' ? 'PartiQLUpdate' : 'PartiQLInsert'}`;
}

function shortName(table: string): string {
  const found = Object.entries(TABLES).find(([, { name }]) => table.endsWith(`-${name}`));
  return found?.[0] ?? table;
}
