/** The Lambda handlers of what AWS itself calls: steps of workflows, schedules and events. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { EVENTS, SCHEDULES } from '#functions/catalog/events';
import { STEPS } from '#functions/catalog/steps';
import { logger } from '#functions/logger';
import { inCall } from './deadline.ts';

/** How long before the function's own time-out a step has to stop. */
const MARGIN_MS = 10_000;

type StepName = keyof typeof STEPS;
type EventName = keyof typeof EVENTS;
type Input<Row extends { readonly input: z.ZodType }> = z.infer<Row['input']>;
/** When a step that takes long has to stop, in epoch milliseconds. */
type Time = { readonly deadlineMs: number };

/**
 * A step of a workflow. The result of `act` is that of the state; the state's Retry and Catch see an error by its name.
 * @throws ZodError for an input of another form, and what `act` throws
 */
export function step<Name extends StepName>(
  name: Name,
  act: (input: Input<(typeof STEPS)[Name]>, time: Time) => Promise<unknown>,
) {
  return called(STEP_ROWS[name].input).handler((_event, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    return inCall(context, () => act(context.input, { deadlineMs }));
  });
}

/**
 * A function that is called on a schedule.
 * @throws what `act` throws
 */
export function schedule(name: keyof typeof SCHEDULES, act: () => Promise<void>) {
  return called(SCHEDULES[name].input).handler((_event, context) => inCall(context, act));
}

/**
 * A function that is called for an event of AWS. Events arrive at least once and in any order.
 * @throws ZodError for an event of another form, and what `act` throws
 */
export function event<Name extends EventName>(name: Name, act: (input: Input<(typeof EVENTS)[Name]>) => Promise<void>) {
  return called(EVENT_ROWS[name].input).handler((_event, context) => inCall(context, () => act(context.input)));
}

/** The rows, typed so that the compiler knows what the schema of each name returns. */
const STEP_ROWS: { readonly [Name in StepName]: { readonly input: z.ZodType<Input<(typeof STEPS)[Name]>> } } = STEPS;
const EVENT_ROWS: { readonly [Name in EventName]: { readonly input: z.ZodType<Input<(typeof EVENTS)[Name]>> } } =
  EVENTS;

/** Lambda itself ends a function at its time-out. Middy would throw earlier, by another name than workflows know. */
function called<Sent>(schema: z.ZodType<Sent>) {
  return middy<unknown, unknown>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logErrors())
    .use(parseInput(schema));
}

/** Puts the input in the context; throws a ZodError if it has another form. */
function parseInput<Sent>(schema: z.ZodType<Sent>): MiddlewareObj<unknown, unknown, Error, Context & { input: Sent }> {
  return {
    before: ({ event, context }) => {
      context.input = schema.parse(event);
    },
  };
}

/** The records that a call is about. Callback tokens stay out of the log: they let its reader answer. */
const idsSchema = z.object({ jobId: z.unknown(), abortId: z.unknown(), serverId: z.unknown() }).partial().catch({});

/** Logs the error and leaves it to the caller: Step Functions retries, EventBridge delivers again. */
function logErrors(): MiddlewareObj {
  return {
    onError: ({ error, event }) => logger.error('The call failed.', { error, ...idsSchema.parse(event) }),
  };
}
