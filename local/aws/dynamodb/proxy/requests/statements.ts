/** Statements of PartiQL that insert items: each is a write by itself, with a result of its own. */
import { z } from 'zod';
import type { Attributes } from './expressions.ts';
import { type Part, putOf } from './single.ts';

/** One statement of a batch. */
export type Insert = Part & { readonly statement: unknown };

const statementSchema = z.looseObject({ Statement: z.string(), Parameters: z.array(z.unknown()).default([]) });
const statementsSchema = z.object({ Statements: z.array(statementSchema) });

/** Developer guide, "PartiQL insert statements for DynamoDB". */
const INSERT = /^\s*INSERT\s+INTO\s+"([^"]+)"\s+VALUE\s+\{(.*)\}\s*$/is;
const ATTRIBUTE = /'([^']+)'\s*:\s*\?/g;

/** The inserts of a BatchExecuteStatement; undefined for other requests, also if one of the statements is another. */
export function insertsOf(operation: string, body: unknown): Insert[] | undefined {
  const { success, data } = statementsSchema.safeParse(body);
  if (operation !== 'BatchExecuteStatement' || !success) return undefined;
  const inserts = data.Statements.flatMap((statement) => insertOf(statement) ?? []);
  return inserts.length === data.Statements.length ? inserts : undefined;
}

/** The result of a statement whose limit is used up (API reference, "BatchStatementError"). */
export function throttledStatement({ tableName }: Part) {
  return { TableName: tableName, Error: { Code: 'ThrottlingError', Message: `${tableName} is used up.` } };
}

function insertOf(statement: z.output<typeof statementSchema>): Insert | undefined {
  const [, tableName, attributes = ''] = INSERT.exec(statement.Statement) ?? [];
  if (tableName === undefined) return undefined;
  const names = [...attributes.matchAll(ATTRIBUTE)].map(([, name = '']) => name);
  const item: Attributes = Object.fromEntries(names.map((name, index) => [name, statement.Parameters[index]]));
  return { ...putOf(item), tableName, statement };
}
