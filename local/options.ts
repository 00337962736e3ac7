/** The options of `lastcall local`, read and checked. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { DEFAULT_DRAIN_SECONDS, DEFAULT_HISTORY_DAYS } from '#domain/limits';
import { servedGroupsSchema } from '#domain/names';

/** The three ports after the first belong to DynamoDB, Step Functions and ECS. */
export const HIGHEST_FIRST_PORT = 65_535 - 3;
const MAX_SERVERS = 32;
const MAX_SLOTS = 64;
const MAX_HISTORY_DAYS = 3650;
const MAX_DRAIN_SECONDS = 24 * 3600;
const MAX_HEARTBEAT_SECONDS = 60;

const LocalOptions = z.strictObject({
  port: z.number(),
  servers: z.number(),
  slots: z.number(),
  reservedSlots: z.number(),
  batchGroups: z.string(),
  historyDays: z.number(),
  drainSeconds: z.number(),
  heartbeatSeconds: z.number(),
  data: z.string().optional(),
  handlers: z.string().optional(),
  demo: z.boolean().default(false),
});
export type LocalOptions = z.infer<typeof LocalOptions>;

/** Adds the options to a command of commander; a wrong value is refused there with the range it must be in. */
export function declareOptions(command: Command): Command {
  return command
    .option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), 4000)
    .option('--servers <number>', 'how many batch servers run', whole(0, MAX_SERVERS), 2)
    .option('--slots <number>', 'how many tasks a server runs at once', whole(1, MAX_SLOTS), 4)
    .option('--reserved-slots <number>', 'how many of these only ReservedCapacity jobs get', whole(0, MAX_SLOTS), 0)
    .option('--batch-groups <names>', 'the batch groups that the servers serve, as a,b', groupNames, '*')
    .option('--history-days <number>', 'how long ended jobs are kept', whole(1, MAX_HISTORY_DAYS), DEFAULT_HISTORY_DAYS)
    .option(
      '--drain-seconds <number>',
      'how long a server may drain at most',
      whole(1, MAX_DRAIN_SECONDS),
      DEFAULT_DRAIN_SECONDS,
    )
    .option('--heartbeat-seconds <number>', 'how often a server says it lives', whole(1, MAX_HEARTBEAT_SECONDS), 2)
    .option('--data <directory>', 'keep the records there (without it: in memory)', directoryName)
    .option('--handlers <file>', 'a module with handlers of your own', existingFile)
    .option('--demo', 'submit a few jobs after the start');
}

/** The options as these arguments give them, for programs that start the host themselves; a wrong one is thrown, and nothing is printed. */
export function optionsOf(...args: string[]): LocalOptions {
  const command = declareOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return readOptions(command.parse(args, { from: 'user' }));
}

/** The options that the command has parsed, typed; those that do not go together are refused as a wrong one is. */
export function readOptions(command: Command): LocalOptions {
  const options = LocalOptions.parse(command.opts());
  const { slots, reservedSlots } = options;
  if (reservedSlots <= slots) return options;
  return command.error(`error: option '--reserved-slots' asks for ${reservedSlots} of only ${slots} slots.`);
}

/** Reads the value of an option that is a whole number of that range. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function groupNames(text: string): string {
  if (servedGroupsSchema.safeParse(text.split(',')).success) return text;
  throw new InvalidArgumentError('It must be names of batch groups with commas between them, or * for all.');
}

function directoryName(text: string): string {
  if (text !== '') return resolve(text);
  throw new InvalidArgumentError('It must name a directory.');
}

function existingFile(text: string): string {
  if (existsSync(text)) return resolve(text);
  throw new InvalidArgumentError('There is no such file.');
}
