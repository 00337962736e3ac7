/** Statements of PartiQL that insert or update items: each is a write by itself, with a result of its own. */
import { z } from 'zod';
import type { Attributes } from './expressions.ts';
import { type Part, putOf, updateTo } from './single.ts';

/** One statement of a batch. */
export type Statement = Part & { readonly statement: unknown };

const statementSchema = z.looseObject({ Statement: z.string(), Parameters: z.array(z.unknown()).default([]) });
const statementsSchema = z.object({ Statements: z.array(statementSchema) });

/** Developer guide, "PartiQL insert statements for DynamoDB". */
const INSERT = /^\s*INSERT\s+INTO\s+"([^"]+)"\s+VALUE\s+\{(.*)\}\s*$/is;
const ATTRIBUTE = /'([^']+)'\s*:\s*\?/g;
/** Developer guide, "PartiQL update statements for DynamoDB". */
const UPDATE = /^\s*UPDATE\s+"([^"]+)"\s+SET\s(.*?)\sWHERE\s(.*)$/is;
/** A parameter, with the attribute that it is compared with or set to. */
const PARAMETER = /(?:"([^"]+)"\s*=\s*)?\?/g;
const REMOVED = /\bREMOVE\s+"([^"]+)"/gi;

/** The writes of a BatchExecuteStatement; undefined for other requests, also if one of the statements is another. */
export function statementsOf(operation: string, body: unknown): Statement[] | undefined {
  const { success, data } = statementsSchema.safeParse(body);
  if (operation !== 'BatchExecuteStatement' || !success) return undefined;
  const writes = data.Statements.flatMap((statement) => insertOf(statement) ?? updateOf(statement) ?? []);
  return writes.length === data.Statements.length ? writes : undefined;
}

/** The result of a statement whose limit is used up (API reference, "BatchStatementError"). */
export function throttledStatement({ tableName }: Part) {
  return { TableName: tableName, Error: { Code: 'ThrottlingError', Message: `${tableName} is used up.` } };
}

type Given = z.output<typeof statementSchema>;

function insertOf(statement: Given): Statement | undefined {
  const [, tableName, attributes = ''] = INSERT.exec(statement.Statement) ?? [];
  if (tableName === undefined) return undefined;
  const names = [...attributes.matchAll(ATTRIBUTE)].map(([, name = '']) => name);
  const item: Attributes = Object.fromEntries(names.map((name, index) => [name, statement.Parameters[index]]));
  return { ...putOf(item), tableName, statement };
}

function updateOf(statement: Given): Statement | undefined {
  const [, tableName, changes = '', where = ''] = UPDATE.exec(statement.Statement) ?? [];
  if (tableName === undefined) return undefined;
  const parameters = statement.Parameters.values();
  const set = equalities(changes, parameters);
  const removed = [...changes.matchAll(REMOVED)].map(([, name = '']) => [name, undefined]);
  return {
    ...updateTo(equalities(where, parameters), { ...set, ...Object.fromEntries(removed) }),
    tableName,
    statement,
  };
}

/** The attributes with the parameters that they are said to be equal to. */
function equalities(text: string, parameters: Iterator<unknown>): Attributes {
  const pairs = [...text.matchAll(PARAMETER)].map(([, name]) => [name, parameters.next().value] as const);
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name === undefined ? [] : [[name, value]])));
}
