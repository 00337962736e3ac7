/**
 * The close of a month on a system of its own, with its handlers: `npm run example`. One task hangs. An operator finds
 * out why the job does not end, cancels it, reads what an abort would do to others, aborts, and reads the proof. Each
 * command is printed before it runs, so that it can be repeated by hand. The port may be named: `npm run example 4200`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Job } from 'lastcall/client';
import { z } from 'lastcall/sdk';

// A system that runs beside it has 4000 and the ports that follow.
const [port = '4100'] = process.argv.slice(2);
const HERE = import.meta.dirname;
const PROGRAM = join(HERE, '..', '..', 'bin', 'lastcall.js');
const START_LIMIT_MS = 60_000;
const LOOK_MS = 100;
const SYSTEM = ['--port', port, '--slots', '2', '--drain-seconds', '60', '--handlers', join(HERE, 'handlers.ts')];

const url = `http://127.0.0.1:${port}`;
const client = new Client({ url, token: localToken });
const state = mkdtempSync(join(tmpdir(), 'lastcall-example-'));
// The sign-in of this example is kept apart from yours.
const { LASTCALL_TOKEN: _token, LASTCALL_PROFILE: _profile, ...inherited } = process.env;
const env = { ...inherited, LASTCALL_URL: url, XDG_STATE_HOME: state, XDG_CONFIG_HOME: state };

if (spawnSync('python3', ['--version']).status !== 0) {
  console.error(
    'This example has a program in Python, and python3 is not on the PATH: install it, and run this again.',
  );
  process.exit(2);
}
if (await isHealthy()) {
  const other = Number(port) + 100;
  console.error(`Another system runs at ${url}, which this example must not touch. Next: npm run example ${other}`);
  process.exit(2);
}
const system = startSystem();
try {
  await untilHealthy(system);
  await closeMonth();
} finally {
  const ended = once(system, 'exit');
  if (system.kill('SIGTERM')) await ended;
  rmSync(state, { recursive: true });
}

async function closeMonth(): Promise<void> {
  await lastcall('login', '--user', 'kim', '--role', 'SystemAdministrator');
  await lastcall('enable', 'EnhancedBatchAbort');
  const close = await submit('close.lastcall.yaml');
  await untilJob(close, ({ taskCounts }) => taskCounts.Executing === 1 && taskCounts.Finished === 37);
  say('37 of 40 tasks have ended, and the job does not. What does it wait for?');
  await lastcall('why', close);
  await lastcall('cancel', close, '--reason', 'the printer does not answer');
  say('Nothing more of it starts, but the task that hangs goes on. Meanwhile the salaries are due.');
  const payroll = await submit('payroll.lastcall.yaml');
  await untilJob(payroll, ({ taskCounts }) => taskCounts.Executing === 3);
  say('What would an abort do, and to whom?');
  const { planId } = await client.call('GET /jobs/{jobId}/abort-plan', { path: { jobId: close } });
  await lastcall('plan', close);
  say('Salaries are being paid on the same server: it drains until they are, and is restarted then.');
  await lastcall('abort', close, '--yes', '--plan', planId, '--reason', 'the printer does not answer');
  await lastcall('job', close);
  say('And the salaries?');
  await lastcall('watch', payroll);
}

async function submit(file: string): Promise<string> {
  await lastcall('submit', relative('.', join(HERE, file)));
  const { items } = await client.call('GET /jobs', { query: { limit: 1 } });
  return items.map(({ jobId }) => jobId).join();
}

/** Runs one command of `lastcall`, which prints for itself. */
async function lastcall(...args: string[]): Promise<void> {
  const words = args.map((word) => (word.includes(' ') ? `"${word}"` : word));
  console.log(`\n$ npx lastcall ${words.join(' ')}`);
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`lastcall ${args[0]} has ended with exit code ${code}.`);
}

function say(text: string): void {
  console.log(`\n# ${text}`);
}

function startSystem(): ChildProcess {
  console.log(`# A system of this example's own starts at ${url}, with two servers that run two tasks each.`);
  return spawn(process.execPath, [PROGRAM, 'local', ...SYSTEM], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function untilHealthy(child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  while (!(await isHealthy())) {
    if (child.exitCode !== null) throw new Error(`The system has ended with exit code ${child.exitCode}.`);
    if (Date.now() > giveUpAt) throw new Error(`The system is not healthy after ${START_LIMIT_MS} ms.`);
    await sleep(LOOK_MS);
  }
}

async function isHealthy(): Promise<boolean> {
  return await fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function untilJob(jobId: string, isSo: (job: Job) => boolean): Promise<void> {
  const giveUpAt = Date.now() + START_LIMIT_MS;
  while (!isSo(await client.call('GET /jobs/{jobId}', { path: { jobId } }))) {
    if (Date.now() > giveUpAt) throw new Error(`The job ${jobId} is not as expected after ${START_LIMIT_MS} ms.`);
    await sleep(LOOK_MS);
  }
}

/** In local mode the system itself issues tokens. */
async function localToken(): Promise<string> {
  const response = await fetch(`${url}/local/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'kim', roles: ['SystemAdministrator'] }),
  });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}
