/** Handlers that write down, outside all records, when they truly ran. The module for `--handlers`. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineHandler, z } from 'lastcall/sdk';

/**
 * How often a run says that it is still there. A run that was killed without a word ended at most so long after its
 * last line.
 */
const PULSE_MS = 50;

/** These run until the test releases their file: at an await, in a loop without one, in native code. */
const HELD = ['held', 'held.spin', 'held.block'] as const;

const inputSchema = z.strictObject({
  file: z.string(),
  kind: z.enum(['echo', 'sleep', 'cooperate', 'spin', 'block', 'fail', ...HELD]).default('sleep'),
  seconds: z.number().default(0),
  /** Of `fail`: the attempts that do. */
  times: z.number().default(1_000),
});
type Input = z.infer<typeof inputSchema>;
type Context = {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
};

async function run(given: Input, context: Context) {
  const { jobId, taskId, attempt } = context;
  const say = (what: string) =>
    appendFileSync(
      given.file,
      `${JSON.stringify({ what, at: Date.now(), jobId, taskId, attempt, pid: process.pid })}\n`,
    );
  say('start');
  await WORK[given.kind](given, { ...context, pulse: () => say('pulse') });
  say('end');
  if (given.kind === 'fail' && attempt <= given.times) throw new Error('This witness was asked to fail.');
  return { attempt };
}

type Work = (given: Input, context: Context & { pulse(): void }) => unknown;

const wait: Work = async ({ seconds, kind }, { signal, pulse }) => {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; pulse()) {
    if (kind === 'cooperate' && signal.aborted) return;
    await sleep(Math.min(PULSE_MS, end - Date.now()));
  }
};

const releaseOf = (file: string) => `${file}.released`;

const held: Work = async ({ file }, { pulse }) => {
  for (; !existsSync(releaseOf(file)); pulse()) await sleep(PULSE_MS);
};

/** Deaf to every signal. It leaves the processor to others. */
const heldSpinning: Work = ({ file }) => {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  while (!existsSync(releaseOf(file))) Atomics.wait(never, 0, 0, PULSE_MS);
};

const heldInNativeCode: Work = ({ file }) =>
  execFileSync('sh', ['-c', 'until [ -e "$0" ]; do sleep 0.1; done', releaseOf(file)], { stdio: 'ignore' });

/** Deaf to every signal, but not silent. */
const spin: Work = ({ seconds }, { pulse }) => {
  let saidMs = Date.now();
  for (const end = saidMs + seconds * 1_000; Date.now() < end; ) {
    if (Date.now() - saidMs < PULSE_MS) continue;
    saidMs = Date.now();
    pulse();
  }
};

const block: Work = ({ seconds }) =>
  execFileSync('sleep', [String(seconds)], { stdio: ['ignore', 'ignore', 'inherit'] });

const WORK: Readonly<Record<Input['kind'], Work>> = {
  echo: () => {},
  fail: wait,
  sleep: wait,
  cooperate: wait,
  held,
  'held.spin': heldSpinning,
  'held.block': heldInNativeCode,
  spin,
  block,
};

const handlers = [
  defineHandler({ name: 'witness', isolation: 'thread', input: inputSchema, run }),
  defineHandler({ name: 'witness.isolated', isolation: 'process', input: inputSchema, run }),
];

export { handlers as default };
