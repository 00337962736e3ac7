/**
 * The part of the Amazon States Language that this host runs, as strict schemas:
 * a state type, a resource or a field that is not written here does not load.
 */
import { z } from 'zod';
import { isExpression } from '#local/aws/stepfunctions/execution/expressions';
import { MAX_NAME_CHARACTERS, MAX_TIMEOUT_SECONDS } from '#local/aws/stepfunctions/limits';

const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const expression = z.string().refine(isExpression, 'must be a value or an expression {% ... %}');
const orExpression = <T extends z.ZodType>(value: T) => z.union([value, expression]);
const seconds = orExpression(z.int().min(1).max(MAX_TIMEOUT_SECONDS));
const errorEquals = z.array(z.string().min(1)).min(1);

const comment = { Comment: z.string().optional() };
const output = { Output: z.unknown().optional() };
const assign = { Assign: z.record(z.string(), z.unknown()).optional() };
const passesOn = { ...comment, ...output, ...assign };
const goesOn = { ...passesOn, Next: name.optional(), End: z.literal(true).optional() };

const retrier = z.strictObject({
  ...comment,
  ErrorEquals: errorEquals,
  IntervalSeconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).optional(),
  MaxAttempts: z.int().min(0).max(MAX_TIMEOUT_SECONDS).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});
export type Retrier = z.infer<typeof retrier>;
const catcher = z.strictObject({ ...passesOn, ErrorEquals: errorEquals, Next: name });
const mayFail = { Retry: z.array(retrier).optional(), Catch: z.array(catcher).optional() };
export type MayFail = z.infer<z.ZodObject<typeof mayFail>>;

const task = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.enum(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
  Arguments: z.union([
    expression,
    z.strictObject({ FunctionName: z.string().min(1), Payload: z.unknown().optional() }),
  ]),
  TimeoutSeconds: seconds.optional(),
  HeartbeatSeconds: seconds.optional(),
  ...mayFail,
  ...goesOn,
});
export type TaskState = z.infer<typeof task>;

const choice = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z.array(z.strictObject({ ...passesOn, Condition: orExpression(z.boolean()), Next: name })).min(1),
  Default: name.optional(),
  ...passesOn,
});
export type ChoiceState = z.infer<typeof choice>;

const map = z.strictObject({
  Type: z.literal('Map'),
  Items: orExpression(z.array(z.unknown())).optional(),
  ItemSelector: z.unknown().optional(),
  get ItemProcessor(): z.ZodType<Workflow> {
    return processor;
  },
  ...mayFail,
  ...goesOn,
});
export type MapState = z.infer<typeof map>;

const pass = z.strictObject({ Type: z.literal('Pass'), ...goesOn });
const succeed = z.strictObject({ Type: z.literal('Succeed'), ...comment, ...output });
const fail = z.strictObject({
  Type: z.literal('Fail'),
  ...comment,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});
export type FailState = z.infer<typeof fail>;

const state = z.discriminatedUnion('Type', [task, map, choice, pass, succeed, fail]);
const processor = z.strictObject({
  ...comment,
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
  StartAt: name,
  States: z.record(name, state),
});
type PlainState = z.infer<typeof pass> | z.infer<typeof succeed>;
export type State = TaskState | MapState | ChoiceState | FailState | PlainState;

export const definitionSchema = z.strictObject({
  ...comment,
  QueryLanguage: z.literal('JSONata'),
  StartAt: name,
  States: z.record(name, state),
});
export type Definition = z.infer<typeof definitionSchema>;

/** States with a beginning: a whole definition, or what a Map runs for each item. */
export interface Workflow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
/** What a state, a choice or a catcher may say about what it passes on. */
export type PassesOn = { readonly Output?: unknown; readonly Assign?: Readonly<Record<string, unknown>> | undefined };
