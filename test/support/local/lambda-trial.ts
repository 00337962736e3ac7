/** Runs Lambda's execution environments for tests, with the function of `lambda-program.ts`. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';
import { z } from 'zod';
import { Environments } from '#local/aws/lambda/environments';
import type { FunctionProgram } from '#local/aws/lambda/program';
import { readLines } from '#processes/lines';
import { eventually } from '#test/support/flows/system';

const HOST = fileURLToPath(new URL('./lambda-host.ts', import.meta.url));
const FILE = fileURLToPath(new URL('./lambda-program.ts', import.meta.url));

type TrialOptions = {
  /** Of both functions. */
  readonly program?: Partial<FunctionProgram>;
  readonly environment?: Record<string, string>;
  readonly maxConcurrency?: number;
  readonly maxEnvironments?: number;
  readonly idleLimitMs?: number;
  readonly initLimitMs?: number;
  readonly log?: (line: string) => void;
};

const open: Environments[] = [];
afterEach(async () => {
  for (const lambda of open.splice(0)) await lambda.close();
});

/** Lambda with the functions `trial` and `third`, and with `other`, which reserves one call at once. */
export function startLambda({ program = {}, environment = {}, log = () => {}, ...limits }: TrialOptions = {}) {
  const trial = { name: 'trial', file: FILE, timeoutSeconds: 20, memoryMb: 512, ...program };
  const other = { ...trial, name: 'other', reservedConcurrency: 1 };
  const lambda = new Environments({
    programs: [trial, { ...trial, name: 'third' }, other],
    environment,
    log,
    ...limits,
  });
  open.push(lambda);
  return lambda;
}

const seenSchema = z.object({
  /** Of this environment so far. */
  calls: z.number(),
  pid: z.number(),
  remainingMs: z.number(),
  context: z.record(z.string(), z.unknown()),
  variables: z.record(z.string(), z.string()),
});

/** Calls a function that returns what it sees. */
export async function look(lambda: Environments, name = 'trial') {
  return seenSchema.parse(await lambda.invoke(name, { do: 'return' }));
}

/** Starts a process that runs Lambda, and kills it when an environment is frozen. Returns the environment's pid. */
export async function killHost(): Promise<number> {
  const host = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOST], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = Promise.withResolvers<string>();
  readLines(host.stdout, line.resolve);
  const { pid } = seenSchema.parse(JSON.parse(await line.promise));
  await eventually(() => isFrozen(pid));
  host.kill('SIGKILL');
  return pid;
}

/** Whether a process has been stopped by SIGSTOP. */
export function isFrozen(pid: number): boolean {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .startsWith('T');
}
