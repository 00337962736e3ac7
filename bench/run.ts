/** `npm run bench -- capacity|large-job|...`: measures, prints a table, and exits 1 when a budget is exceeded. */
import { Command } from 'commander';
import { HIGHEST_FIRST_PORT, whole } from '#local/options';
import { withEngine } from './engine.ts';
import { type Figure, printFigures } from './figures.ts';
import type { ThroughputOptions } from './throughput.ts';

const MAX_TASKS = 200_000;
const DEFAULT_PORT = 4_900;

type Given = ThroughputOptions;
type Bench = {
  readonly name: string;
  readonly description: string;
  /** The default number of tasks; undefined if the number does not matter. */
  readonly tasks?: number;
  /** Further numbers: flags, description, the highest, the default. */
  readonly options?: readonly (readonly [flags: string, description: string, most: number, usual?: number])[];
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
    description: 'what aborts take: state transitions and time',
    measure: async ({ port }) => (await import('./abort.ts')).measureAbort(port),
  },
  {
    name: 'cancel',
    description: 'how soon a cancel is answered while tasks run at full speed',
    tasks: 10_000,
    measure: async ({ port, tasks }) => (await import('./latency/cancel.ts')).measureCancel(port, tasks),
  },
  {
    name: 'large-job',
    description: 'a large job: submitted in several requests, run in part, cancelled',
    tasks: 100_000,
    measure: async ({ port, tasks }) => (await import('./large-job.ts')).measureLargeJob(port, tasks),
  },
  {
    name: 'submissions',
    description: "jobs of 10,000 tasks under AWS's limits, by one client and by four at once",
    measure: async ({ port }) => (await import('./submissions.ts')).measureSubmissions(port),
  },
  {
    name: 'pick-up',
    description: 'how soon idle servers start a task',
    tasks: 60,
    measure: async ({ port, tasks }) => (await import('./latency/pick-up.ts')).measurePickUp(port, tasks),
  },
  {
    name: 'throughput',
    description: 'tasks a second that do nothing, and the requests that each takes',
    tasks: 5_000,
    options: [
      ['--servers <number>', 'how many servers', 32, 1],
      ['--slots <number>', 'the slots of each server', 64, 8],
      ['--jobs <number>', 'how many jobs of so many tasks', 1_000, 1],
      ['--delay-ms <number>', 'counts requests, by a relay where each takes so much longer', 1_000],
    ],
    measure: async (given) => (await import('./throughput.ts')).measureThroughput(given),
  },
  {
    name: 'growth',
    description: 'what grows with the number of servers and of waiting tasks',
    tasks: 100_000,
    measure: ({ port, tasks }) => withEngine(port, async () => (await import('./growth.ts')).measureGrowth(tasks)),
  },
  {
    name: 'lists',
    description: 'pages of the tasks of each status, in a large job',
    tasks: 100_000,
    measure: ({ port, tasks }) => withEngine(port, async () => (await import('./lists/lists.ts')).measureLists(tasks)),
  },
  {
    name: 'peers',
    description: 'the same tasks on pg-boss, graphile-worker and BullMQ, if they are installed',
    tasks: 3_000,
    options: [['--slots <number>', 'how many tasks run at once', 64, 8]],
    measure: async (given) => (await import('./peers/peers.ts')).measurePeers(given),
  },
  {
    name: 'dispatch',
    description: 'handlers that do nothing, in a process and in a thread of a slot',
    tasks: 1_000,
    measure: async ({ tasks }) => (await import('./dispatch.ts')).measureDispatch(tasks),
  },
];

const program = new Command('bench').description('Measures; what it starts it ends.').showHelpAfterError();
for (const bench of BENCHES) declare(bench);
await program.parseAsync();

function declare({ name, description, tasks, options = [], measure }: Bench): void {
  const command = program.command(name).description(description);
  command.option('--port <number>', 'the first of four ports on 127.0.0.1', whole(1, HIGHEST_FIRST_PORT), DEFAULT_PORT);
  if (tasks !== undefined) command.option('--tasks <number>', 'how many tasks', whole(1, MAX_TASKS), tasks);
  for (const [flags, what, most, usual] of options) command.option(flags, what, whole(0, most), usual);
  command.action(async (given: Given) => {
    process.exit(printFigures(await measure(given)) ? 0 : 1);
  });
}
