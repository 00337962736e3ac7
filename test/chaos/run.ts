/**
 * `npm run chaos`: a random trial of the running system for some minutes. Exits 1 if an invariant was violated. Linux
 * only.
 */
import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { type Figure, printFigures } from '#bench/figures';
import { HIGHEST_FIRST_PORT, whole } from '#local/options';
import { runChaos } from './chaos.ts';
import { runHostile } from './hostile.ts';
import { runPauses } from './pauses.ts';

const DEFAULT_PORT = 4_900;
const MAX_MINUTES = 24 * 60;
const DEFAULT_MINUTES = 3;
const HIGHEST_SEED = 999_999;
const MAX_PAUSE_SECONDS = 600;

type Given = {
  readonly port: number;
  readonly minutes: number;
  readonly seed?: number;
  readonly log?: string;
  readonly likeAws?: boolean;
  readonly storePauses?: number[];
  readonly hostile?: boolean;
};

const pauses = (text: string, before: number[] = []) => [...before, whole(1, MAX_PAUSE_SECONDS)(text)];

await new Command('chaos')
  .description('Users act, disasters strike, and then the invariants are checked; what it starts it ends.')
  .showHelpAfterError()
  .option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), DEFAULT_PORT)
  .option('--minutes <number>', 'how long there is trouble', whole(1, MAX_MINUTES), DEFAULT_MINUTES)
  .option('--seed <number>', 'what decides the draws (without it: another each time)', whole(1, HIGHEST_SEED))
  .option('--log <file>', 'each step is written there, and what the system prints to <file>.system')
  .option('--like-aws', 'the system keeps the limits and the manners of AWS')
  .option('--store-pauses <seconds...>', 'instead: DynamoDB stands still so long, under busy servers', pauses)
  .option('--hostile', 'instead: handlers that do harm, beside honest ones')
  .action(async (given: Given) => process.exit(printFigures(await run(given)) ? 0 : 1))
  .parseAsync();

function run({ seed = randomInt(1, HIGHEST_SEED), storePauses, hostile, ...given }: Given): Promise<Figure[]> {
  if (storePauses) return runPauses({ ...given, seconds: storePauses });
  return hostile ? runHostile(given) : runChaos({ ...given, seed });
}
