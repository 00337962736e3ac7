import { z } from 'zod';
import { AwsError } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { ROLE_ARN } from './arns.ts';
import { DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS, MAX_PAGE_TOKEN_CHARACTERS } from './limits.ts';
import type { Service, ServiceOperation, StateMachine } from './shared.ts';

/** The paging fields of a request. A maxResults of 0 means the default. */
export const pageFields = {
  maxResults: z
    .int()
    .min(0)
    .max(MAX_PAGE_ITEMS)
    .default(0)
    .transform((given) => given || DEFAULT_PAGE_ITEMS),
  nextToken: z.string().min(1).max(MAX_PAGE_TOKEN_CHARACTERS).optional(),
};

const listRequestSchema = z.strictObject(pageFields);

/**
 * Sorted by name.
 * @throws AwsError WrongToken
 */
export const listStateMachines: ServiceOperation<z.infer<typeof listRequestSchema>> = {
  requestSchema: listRequestSchema,
  run({ stateMachines }, request) {
    const all = [...stateMachines.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    const { items, ...rest } = pageOf(all, ({ name }) => name, request);
    return { stateMachines: items.map(listItem), ...rest };
  },
};

const describeRequestSchema = z.strictObject({
  stateMachineArn: z.string(),
  includedData: z.literal('ALL_DATA').optional(),
});

/**
 * Returns the definition's text as it was given.
 * @throws AwsError InvalidArn, StateMachineDoesNotExist
 */
export const describeStateMachine: ServiceOperation<z.infer<typeof describeRequestSchema>> = {
  requestSchema: describeRequestSchema,
  run(service, { stateMachineArn }) {
    const found = findStateMachine(service, stateMachineArn);
    return { ...listItem(found), status: 'ACTIVE', definition: found.text, roleArn: ROLE_ARN };
  },
};

/** @throws AwsError InvalidArn, StateMachineDoesNotExist */
export function findStateMachine({ stateMachines }: Service, arn: string): StateMachine {
  checkArn(arn, 'stateMachine');
  const found = stateMachines.get(arn);
  if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return found;
}

/** @throws AwsError InvalidArn unless the text is an ARN of this kind */
export function checkArn(arn: string, kind: 'stateMachine' | 'execution'): void {
  if (!arn.startsWith('arn:')) throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  if (!new RegExp(`^arn:[^:]+:states:[^:]+:[^:]+:${kind}:.`).test(arn)) {
    throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${arn}'`);
  }
}

function listItem({ arn, name, createdAt }: StateMachine) {
  return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: createdAt / 1000 };
}
