/** Reads and checks the options of `lastcall local`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { z } from 'zod';
import { DEFAULT_DRAIN_SECONDS, DEFAULT_HISTORY_DAYS, MISSED_HEARTBEATS } from '#domain/limits';
import { servedGroupsSchema } from '#domain/names';

/** The three ports after the first belong to DynamoDB, Step Functions and ECS. */
export const HIGHEST_FIRST_PORT = 65_535 - 3;
const MAX_SERVERS = 32;
const MAX_SLOTS = 64;
const MAX_HISTORY_DAYS = 3650;
const MAX_DRAIN_SECONDS = 24 * 3600;
const MAX_HEARTBEAT_SECONDS = 60;

const localOptionsSchema = z.strictObject({
  port: z.number(),
  servers: z.number(),
  wakeServers: z.number(),
  slots: z.number(),
  reservedSlots: z.number(),
  batchGroups: z.string(),
  historyDays: z.number(),
  drainSeconds: z.number(),
  heartbeatSeconds: z.number(),
  data: z.string().optional(),
  handlers: z.string().optional(),
  demo: z.boolean().default(false),
  likeAws: z.boolean().default(false),
});
/** The options of `lastcall local`, parsed. */
export type LocalOptions = z.infer<typeof localOptionsSchema>;

/** Adds the options to a command. Commander refuses a wrong value and names the allowed range. */
export function declareOptions(command: Command) {
  return command
    .option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), 4000)
    .option('--servers <number>', 'how many batch servers run', whole(0, MAX_SERVERS), 2)
    .option(
      '--wake-servers <number>',
      'with --servers 0: how many start at most when a job needs them',
      whole(0, MAX_SERVERS),
      0,
    )
    .option('--slots <number>', 'how many tasks a server runs at once', whole(1, MAX_SLOTS), 4)
    .option(
      '--reserved-slots <number>',
      'how many of these are reserved for ReservedCapacity jobs',
      whole(0, MAX_SLOTS),
      0,
    )
    .option('--batch-groups <names>', 'the batch groups that the servers serve, with commas between', groupNames, '*')
    .option('--history-days <number>', 'how long ended jobs are kept', whole(1, MAX_HISTORY_DAYS), DEFAULT_HISTORY_DAYS)
    .option(
      '--drain-seconds <number>',
      'the longest time that a server may drain: more than three heartbeats',
      whole(1, MAX_DRAIN_SECONDS),
      DEFAULT_DRAIN_SECONDS,
    )
    .option(
      '--heartbeat-seconds <number>',
      'the seconds between two heartbeats of a server',
      whole(1, MAX_HEARTBEAT_SECONDS),
      2,
    )
    .option('--data <directory>', 'keep the records there instead of in memory', directoryName)
    .option('--handlers <file>', 'a module with handlers of your own', existingFile)
    .option('--demo', 'submit a few jobs after the start')
    .option('--like-aws', 'keep the limits and the manners of AWS');
}

/**
 * The options from these arguments, for programs that start the host themselves. Prints nothing.
 * @throws CommanderError for a wrong option
 */
export function optionsOf(...args: string[]): LocalOptions {
  const command = declareOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return readOptions(command.parse(args, { from: 'user' }));
}

/**
 * The parsed options of the command, typed.
 * @throws CommanderError when two options contradict each other
 */
export function readOptions(command: CommandUnknownOpts): LocalOptions {
  const options = localOptionsSchema.parse(command.opts());
  const { servers, wakeServers, slots, reservedSlots, drainSeconds, heartbeatSeconds } = options;
  if (servers > 0 && wakeServers > 0)
    return command.error(`error: option '--wake-servers' needs '--servers 0': ${servers} servers never sleep.`);
  if (reservedSlots > slots)
    return command.error(`error: option '--reserved-slots' reserves ${reservedSlots} of only ${slots} slots.`);
  // Step Functions needs a task's HeartbeatSeconds to be less than its TimeoutSeconds (guide, "Task workflow state").
  const lostSeconds = MISSED_HEARTBEATS * heartbeatSeconds;
  if (drainSeconds > lostSeconds) return options;
  return command.error(
    `error: option '--drain-seconds' is ${drainSeconds}, no longer than the ${lostSeconds} s after which a silent server is lost.`,
  );
}

/** A parser for an option that is a whole number in this range. It throws InvalidArgumentError for another value. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function groupNames(text: string): string {
  if (servedGroupsSchema.safeParse(text.split(',')).success) return text;
  throw new InvalidArgumentError('It must be the names of batch groups, separated by commas, or * for all.');
}

function directoryName(text: string): string {
  if (text !== '') return resolve(text);
  throw new InvalidArgumentError('It must name a directory.');
}

function existingFile(text: string): string {
  if (existsSync(text)) return resolve(text);
  throw new InvalidArgumentError('There is no such file.');
}
