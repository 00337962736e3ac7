/** The Lambda handlers of what AWS itself calls: steps of workflows, schedules and events. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { EVENTS, SCHEDULES } from '#functions/catalog/events';
import { STEPS } from '#functions/catalog/steps';
import { logger } from '#functions/logger';

/** Left for the reply when the function's own time runs out. */
const MARGIN_MS = 10_000;

type StepName = keyof typeof STEPS;
type EventName = keyof typeof EVENTS;
type Input<Row extends { readonly input: z.ZodType }> = z.infer<Row['input']>;
/** When a step has to stop, in epoch milliseconds. */
type Time = { readonly deadlineMs: number };

/** A step of a workflow. What it returns is the state's result; an error is for the state's Retry and Catch, by its name. */
export function step<Name extends StepName>(
  name: Name,
  act: (input: Input<(typeof STEPS)[Name]>, time: Time) => Promise<unknown>,
) {
  return called(STEP_ROWS[name].input).handler((_event, context) =>
    act(context.input, { deadlineMs: Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS }),
  );
}

/** A function that runs on a schedule. */
export function schedule(name: keyof typeof SCHEDULES, act: () => Promise<void>) {
  return called(SCHEDULES[name].input).handler(() => act());
}

/** A function that an event of AWS calls: at least once, and in any order. */
export function event<Name extends EventName>(name: Name, act: (input: Input<(typeof EVENTS)[Name]>) => Promise<void>) {
  return called(EVENT_ROWS[name].input).handler((_event, context) => act(context.input));
}

/** The rows, typed so that the compiler knows for each name what its schema returns. */
const STEP_ROWS: { readonly [Name in StepName]: { readonly input: z.ZodType<Input<(typeof STEPS)[Name]>> } } = STEPS;
const EVENT_ROWS: { readonly [Name in EventName]: { readonly input: z.ZodType<Input<(typeof EVENTS)[Name]>> } } =
  EVENTS;

/** Lambda itself ends a function at its time-out: middy's earlier error would have another name for Retry and Catch. */
function called<Sent>(schema: z.ZodType<Sent>) {
  return middy<unknown, unknown>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logErrors())
    .use(parseInput(schema));
}

/** @throws ZodError when AWS sends something of another form */
function parseInput<Sent>(schema: z.ZodType<Sent>): MiddlewareObj<unknown, unknown, Error, Context & { input: Sent }> {
  return {
    before: ({ event, context }) => {
      context.input = schema.parse(event);
    },
  };
}

/** Which records a call was about. Callback tokens are left out: the log must not let anyone answer a workflow. */
const idsSchema = z.object({ jobId: z.unknown(), abortId: z.unknown(), serverId: z.unknown() }).partial().catch({});

/** The error goes on to the caller: Step Functions retries, EventBridge delivers again. */
function logErrors(): MiddlewareObj {
  return {
    onError: ({ error, event }) => logger.error('The call failed.', { error, ...idsSchema.parse(event) }),
  };
}
