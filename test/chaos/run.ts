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
const MAX_TASKS = 20_000;
const SUMMED = ['jobs', 'tasks', 'runs', 'aborts', 'violations', 'trials that broke off'];

type Given = {
  readonly port: number;
  readonly minutes: number;
  readonly seed?: number;
  readonly seeds?: number[];
  readonly tasks?: number;
  readonly log?: string;
  readonly likeAws?: boolean;
  readonly storePauses?: number[];
  readonly hostile?: boolean;
};

const pauses = (text: string, before: number[] = []) => [...before, whole(1, MAX_PAUSE_SECONDS)(text)];

const seedList = (text: string) => text.split(',').map(whole(1, HIGHEST_SEED));

await new Command('chaos')
  .description('Users act, disasters strike, and then the invariants are checked; what it starts it ends.')
  .showHelpAfterError()
  .option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), DEFAULT_PORT)
  .option('--minutes <number>', 'how long there is trouble', whole(1, MAX_MINUTES), DEFAULT_MINUTES)
  .option('--seed <number>', 'what decides the draws (without it: another each time)', whole(1, HIGHEST_SEED))
  .option('--seeds <list>', 'one trial after the other with each of these seeds, divided by commas', seedList)
  .option('--tasks <number>', 'so many are submitted in large jobs, beside those of the users', whole(1, MAX_TASKS))
  .option('--log <file>', 'each step is written there, and what the system prints to <file>.system')
  .option('--like-aws', 'the system keeps the limits and the manners of AWS')
  .option('--store-pauses <seconds...>', 'instead: DynamoDB stands still so long, under busy servers', pauses)
  .option('--hostile', 'instead: handlers that do harm, beside honest ones')
  .action(async (given: Given) => process.exit((await run(given)) ? 0 : 1))
  .parseAsync();

async function run({ seeds, storePauses, hostile, ...given }: Given): Promise<boolean> {
  if (storePauses) return printFigures(await runPauses({ ...given, seconds: storePauses }));
  if (hostile) return printFigures(await runHostile(given));
  if (seeds) return runSeeds(seeds, given);
  return printFigures(await runChaos({ seed: randomInt(1, HIGHEST_SEED), ...given }));
}

/** Runs a trial with each of the seeds, and prints the sums. If one breaks off, the others still have their turn. */
async function runSeeds(seeds: readonly number[], { log, ...given }: Given): Promise<boolean> {
  const sums = new Map<string, number>();
  let isGood = true;
  for (const seed of seeds) {
    const own = log === undefined ? {} : { log: `${log}.${seed}` };
    const figures = await runChaos({ ...given, ...own, seed }).catch((error: unknown) => broken(seed, error));
    isGood = printFigures(figures) && isGood;
    for (const { what, measured } of figures) sums.set(what, (sums.get(what) ?? 0) + measured);
  }
  console.log(`${seeds.length} seeds: ${SUMMED.map((what) => `${sums.get(what) ?? 0} ${what}`).join(', ')}`);
  return isGood;
}

function broken(seed: number, error: unknown): Figure[] {
  console.log(`The trial with seed ${seed} broke off: ${error}`);
  return [{ what: 'trials that broke off', measured: 1, unit: '', atMost: 0 }];
}
