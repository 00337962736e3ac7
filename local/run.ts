/** Runs the whole system on this machine until a signal stops it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_STOP_TIMEOUT_SECONDS } from '#local/aws/ecs/limits';
import { Closing } from './closing.ts';
import { portsOf } from './environment.ts';
import { startHost } from './host.ts';
import type { LocalOptions } from './options.ts';
import { firstStopRequest } from './signals.ts';

const KILL_LIMIT_MS = 2_000;
const EXIT_CODE_OF_SIGINT = 130;
const STOPPING = `stopping. Running tasks have up to ${DEFAULT_STOP_TIMEOUT_SECONDS} s to end`;
const STOPPING_EARLY = 'stopping when the start has ended';

/** Returns the exit code: 0 after a signal, 1 after a failure, 130 after a second signal, which kills all parts. */
export async function runLocal(options: LocalOptions, version: string): Promise<number> {
  const closing = new Closing();
  let isKilled = false;
  const stopped = firstStopRequest(() => {
    isKilled = true;
    void killAll(closing);
  });
  const fault = firstFault();
  const startedAt = performance.now();
  let isReady = false;
  let isStopping = false;
  let exitCode = 0;
  // At once: a start cannot be left half-way, and tasks that do not end take up to the stop timeout.
  void stopped.then((signal) => {
    isStopping = true;
    print(`${signal}: ${isReady ? STOPPING : STOPPING_EARLY}; press Ctrl-C again to end all at once.`);
  });
  try {
    const url = await startHost({ options, closing, log: print, onLost: fault.report });
    isReady = true;
    if (!isStopping) print(greeting({ options, version, url, seconds: (performance.now() - startedAt) / 1000 }));
    await Promise.race([stopped, fault.promise]);
  } catch (error) {
    complain(error);
    exitCode = 1;
  }
  const isClosed = await closeAll(closing);
  // The kill ends the orderly close too, and that may return here first.
  if (isKilled) return EXIT_CODE_OF_SIGINT;
  return isClosed ? exitCode : 1;
}

/** Rejects at the first fault that the system cannot survive. */
function firstFault() {
  const { promise, reject } = Promise.withResolvers<never>();
  // No one waits for it before the start has ended.
  promise.catch(() => {});
  process.on('uncaughtException', reject);
  // On AWS this would cost the function its sandbox and disturb nothing else.
  process.on('unhandledRejection', (reason) => print(`A rejection was not handled: ${reason}`));
  return { promise, report: reject };
}

async function closeAll(closing: Closing): Promise<boolean> {
  try {
    await closing.close();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

async function killAll(closing: Closing): Promise<void> {
  await Promise.race([closing.kill(), sleep(KILL_LIMIT_MS)]);
  process.exit(EXIT_CODE_OF_SIGINT);
}

type Ready = { options: LocalOptions; version: string; url: string; seconds: number };

function greeting({ options, version, url, seconds }: Ready): string {
  const { dynamoDb, stepFunctions, ecs } = portsOf(options);
  return [
    `Lastcall ${version} is ready at ${url} (after ${seconds.toFixed(1)} s)`,
    `  console: ${url}/`,
    `  ports: DynamoDB ${dynamoDb}, Step Functions ${stepFunctions}, ECS ${ecs}`,
    `  records: ${options.data ?? 'in memory'}`,
    process.env.LASTCALL_ISSUER
      ? `  tokens come from ${process.env.LASTCALL_ISSUER}`
      : `  get a token: curl ${url}/local/token -H 'content-type: application/json' -d '{"user":"alice","roles":["SystemAdministrator"]}'`,
    '  press Ctrl-C to stop',
  ].join('\n');
}

function print(line: string): void {
  console.log(line);
}

function complain(error: unknown): void {
  console.error(`lastcall: ${error instanceof Error ? error.message : error}`);
}
