/**
 * The part of the Amazon States Language that the interpreter runs, as strict schemas.
 * A state type, resource or field that is missing here does not load.
 */
import { z } from 'zod';
import { isExpression } from '#local/aws/stepfunctions/execution/expressions';
import { MAX_NAME_CHARACTERS, MAX_RETRY_DELAY_SECONDS, MAX_TIMEOUT_SECONDS } from '#local/aws/stepfunctions/limits';

const nameSchema = z.string().min(1).max(MAX_NAME_CHARACTERS);
const expressionSchema = z.string().refine(isExpression, 'must be a value or an expression {% ... %}');
const orExpression = <T extends z.ZodType>(value: T) => z.union([value, expressionSchema]);
const secondsSchema = orExpression(z.int().min(1).max(MAX_TIMEOUT_SECONDS));
const errorEqualsSchema = z.array(z.string().min(1)).min(1);

const comment = { Comment: z.string().optional() };
const output = { Output: z.unknown().optional() };
const assign = { Assign: z.record(z.string(), z.unknown()).optional() };
const passesOn = { ...comment, ...output, ...assign };
const goesOn = { ...passesOn, Next: nameSchema.optional(), End: z.literal(true).optional() };

const retrierSchema = z.strictObject({
  ...comment,
  ErrorEquals: errorEqualsSchema,
  IntervalSeconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).optional(),
  MaxAttempts: z.int().min(0).max(MAX_TIMEOUT_SECONDS).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().min(1).max(MAX_RETRY_DELAY_SECONDS).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});
/** One rule of a `Retry`. */
export type Retrier = z.infer<typeof retrierSchema>;
const catcherSchema = z.strictObject({ ...passesOn, ErrorEquals: errorEqualsSchema, Next: nameSchema });
const mayFail = { Retry: z.array(retrierSchema).optional(), Catch: z.array(catcherSchema).optional() };
/** The fields of a state that can be retried and caught. */
export type MayFail = z.infer<z.ZodObject<typeof mayFail>>;

const taskSchema = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.enum(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
  Arguments: z.union([
    expressionSchema,
    z.strictObject({ FunctionName: z.string().min(1), Payload: z.unknown().optional() }),
  ]),
  TimeoutSeconds: secondsSchema.optional(),
  HeartbeatSeconds: secondsSchema.optional(),
  ...mayFail,
  ...goesOn,
});
/** A Task, which calls a Lambda and may wait for a callback. */
export type TaskState = z.infer<typeof taskSchema>;

const choiceSchema = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z.array(z.strictObject({ ...passesOn, Condition: orExpression(z.boolean()), Next: nameSchema })).min(1),
  Default: nameSchema.optional(),
  ...passesOn,
});
/** A Choice, which picks the next state. */
export type ChoiceState = z.infer<typeof choiceSchema>;

const mapSchema = z.strictObject({
  Type: z.literal('Map'),
  Items: orExpression(z.array(z.unknown())).optional(),
  ItemSelector: z.unknown().optional(),
  get ItemProcessor(): z.ZodType<Workflow> {
    return processorSchema;
  },
  ...mayFail,
  ...goesOn,
});
/** A Map, which runs its states for each item. */
export type MapState = z.infer<typeof mapSchema>;

const passSchema = z.strictObject({ Type: z.literal('Pass'), ...goesOn });
const succeedSchema = z.strictObject({ Type: z.literal('Succeed'), ...comment, ...output });
const failSchema = z.strictObject({
  Type: z.literal('Fail'),
  ...comment,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});
/** A Fail, which ends the execution. */
export type FailState = z.infer<typeof failSchema>;

const stateSchema = z.discriminatedUnion('Type', [
  taskSchema,
  mapSchema,
  choiceSchema,
  passSchema,
  succeedSchema,
  failSchema,
]);
const processorSchema = z.strictObject({
  ...comment,
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
  StartAt: nameSchema,
  States: z.record(nameSchema, stateSchema),
});
type PlainState = z.infer<typeof passSchema> | z.infer<typeof succeedSchema>;
/** A state of any type. */
export type State = TaskState | MapState | ChoiceState | FailState | PlainState;

export const definitionSchema = z.strictObject({
  ...comment,
  QueryLanguage: z.literal('JSONata'),
  StartAt: nameSchema,
  States: z.record(nameSchema, stateSchema),
});
/** A workflow that the interpreter can run. */
export type Definition = z.infer<typeof definitionSchema>;

/** A whole definition, or the states that a Map runs for each item. */
export interface Workflow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
/** The fields by which a state, a choice or a catcher shapes its output and assigns variables. */
export type PassesOn = { readonly Output?: unknown; readonly Assign?: Readonly<Record<string, unknown>> | undefined };
