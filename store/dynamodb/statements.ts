/** Batches of PartiQL's statements: many independent writes in one request, each with its own result. */
import type { BatchExecuteStatementCommandOutput } from '@aws-sdk/lib-dynamodb';
import { RecordRefused } from '#domain/errors';
import { backOff } from './back-off.ts';
import type { Item } from './guarded-write.ts';
import { batchExecute } from './requests.ts';

/** DynamoDB's own limit of statements in a request. */
export const MAX_STATEMENTS = 25;

/** Errors of one statement that a later repeat may not meet (API reference, "BatchStatementError"). */
const PASSING: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

/** A statement with a value for each of its question marks. */
export type Statement = {
  readonly Statement: string;
  readonly Parameters: unknown[];
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
};
/**
 * What became of a statement. `item` is what it returns, or the record that refused it, if DynamoDB returns that.
 * `fault`: DynamoDB never takes this record.
 */
export type Result = { readonly isRefused: boolean; readonly item?: Item; readonly fault?: RecordRefused };

type Reply = NonNullable<BatchExecuteStatementCommandOutput['Responses']>[number];

/**
 * Carries out the statements, at most 25, in one request, and returns their results in the same order. Those that a
 * throttled table has not taken are sent again. `refusal` is the error's code that is an answer.
 * @throws Throttled, OutOfTime: some statements may have been carried out
 */
export async function executeEach(statements: readonly Statement[], refusal: string): Promise<Result[]> {
  const results = new Map<Statement, Result>();
  for (let round = 0, left = statements; left.length > 0; round += 1) {
    if (round > 0) await backOff(round - 1);
    const { Responses = [] } = await batchExecute({ Statements: [...left] });
    for (const [index, statement] of left.entries()) {
      const result = resultOf(Responses[index] ?? {}, refusal);
      if (result) results.set(statement, result);
    }
    left = left.filter((statement) => !results.has(statement));
  }
  return statements.flatMap((statement) => results.get(statement) ?? []);
}

/** Undefined if the statement has to be sent again. */
function resultOf({ Error: error, Item: returned }: Reply, refusal: string): Result | undefined {
  const code = error?.Code;
  if (code !== undefined && PASSING.has(code)) return undefined;
  if (code !== undefined && code !== refusal)
    return { isRefused: true, fault: new RecordRefused(`DynamoDB refuses the record: ${code}: ${error?.Message}`) };
  const item: Item | undefined = error?.Item ?? returned;
  return { isRefused: code !== undefined, ...(item ? { item } : {}) };
}
