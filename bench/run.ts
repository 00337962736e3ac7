/** `npm run bench -- capacity|large-job|...`: measures, prints a table, and exits 1 when a budget is exceeded. */
import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { HIGHEST_FIRST_PORT, whole } from '#local/options';
import { withEngine } from './engine.ts';
import { type Figure, printFigures } from './figures.ts';

const MAX_TASKS = 200_000;
const DEFAULT_PORT = 4_900;
const MAX_MINUTES = 24 * 60;
const DEFAULT_MINUTES = 3;
const HIGHEST_SEED = 999_999;

type Given = {
  readonly port: number;
  readonly tasks: number;
  readonly minutes: number;
  readonly seed?: number;
  readonly log?: string;
};
type Bench = {
  readonly name: string;
  readonly description: string;
  /** How many tasks unless told otherwise; none where the number says nothing. */
  readonly tasks?: number;
  /** Whether it is a trial by chance that lasts as long as it is told to. */
  readonly isTrial?: true;
  /** What is measured is imported only then: it reads the environment of what has been started. */
  measure(given: Given): Promise<Figure[]>;
};

const BENCHES: readonly Bench[] = [
  {
    name: 'capacity',
    description: 'what each operation costs at DynamoDB',
    measure: ({ port }) => withEngine(port, async () => (await import('./capacity.ts')).measureCapacity()),
  },
  {
    name: 'abort',
    description: 'the state transitions of a server abort',
    measure: async ({ port }) => (await import('./abort.ts')).measureAbort(port),
  },
  {
    name: 'large-job',
    description: 'a large job: submitted in several requests, run in part, cancelled',
    tasks: 100_000,
    measure: async ({ port, tasks }) => (await import('./large-job.ts')).measureLargeJob(port, tasks),
  },
  {
    name: 'throughput',
    description: 'echo tasks a second on two servers of four slots',
    tasks: 4_000,
    measure: async ({ port, tasks }) => (await import('./throughput.ts')).measureThroughput(port, tasks),
  },
  {
    name: 'chaos',
    description: 'a random trial of the running system: users, disasters, and then the invariants (Linux only)',
    isTrial: true,
    measure: async ({ seed = randomInt(1, HIGHEST_SEED), ...given }) =>
      (await import('./chaos.ts')).measureChaos({ ...given, seed }),
  },
];

const program = new Command('bench').description('Measures; what it starts it ends.').showHelpAfterError();
for (const bench of BENCHES) declare(bench);
await program.parseAsync();

function declare({ name, description, tasks, isTrial, measure }: Bench): void {
  const command = program.command(name).description(description);
  command.option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), DEFAULT_PORT);
  if (tasks !== undefined) command.option('--tasks <number>', 'how many tasks', whole(1, MAX_TASKS), tasks);
  if (isTrial) declareTrial(command);
  command.action(async (given: Given) => {
    process.exit(printFigures(await measure(given)) ? 0 : 1);
  });
}

function declareTrial(command: Command): void {
  command
    .option('--minutes <number>', 'how long there is trouble', whole(1, MAX_MINUTES), DEFAULT_MINUTES)
    .option('--seed <number>', 'what decides the draws (without it: another each time)', whole(1, HIGHEST_SEED))
    .option('--log <file>', 'each step is written there, and what the system prints to <file>.system');
}
