/** Runs the whole system on this machine until it is told to stop. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Closing, closingList } from './closing.ts';
import { portsOf } from './environment.ts';
import { startHost } from './host.ts';
import type { LocalOptions } from './options.ts';
import { firstStopRequest } from './signals.ts';

const KILL_LIMIT_MS = 2_000;
const EXIT_CODE_OF_SIGINT = 130;

/** Returns this process's exit code: 0 after a signal, 1 when something failed, 130 when it had to be killed. */
export async function runLocal(options: LocalOptions, version: string): Promise<number> {
  const closing = closingList();
  let isKilled = false;
  const stopped = firstStopRequest(() => {
    isKilled = true;
    void killAll(closing);
  });
  const fault = firstFault();
  const startedAt = performance.now();
  let exitCode = 0;
  try {
    const url = await startHost({ options, closing, log: print, onLost: fault.report });
    print(greeting({ options, version, url, seconds: (performance.now() - startedAt) / 1000 }));
    print(`${await Promise.race([stopped, fault.promise])}: stopping`);
  } catch (error) {
    complain(error);
    exitCode = 1;
  }
  const isClosed = await closeAll(closing);
  // What was killed lets the orderly end come to its own end, too, and perhaps first.
  if (isKilled) return EXIT_CODE_OF_SIGINT;
  return isClosed ? exitCode : 1;
}

/** Rejects at the first fault after which the system cannot go on. */
function firstFault() {
  const { promise, reject } = Promise.withResolvers<never>();
  // Until the start is over nobody waits for it yet.
  promise.catch(() => {});
  process.on('uncaughtException', reject);
  // On AWS such a function would lose its sandbox and nobody else would notice.
  process.on('unhandledRejection', (reason) => print(`A rejection was left unhandled: ${reason}`));
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
  await Promise.race([closing.kill(), wait(KILL_LIMIT_MS)]);
  process.exit(EXIT_CODE_OF_SIGINT);
}

type Ready = { options: LocalOptions; version: string; url: string; seconds: number };

function greeting({ options, version, url, seconds }: Ready): string {
  const { dynamoDb, stepFunctions, ecs } = portsOf(options);
  return [
    `Lastcall ${version} is ready at ${url} (after ${seconds.toFixed(1)} s)`,
    `  DynamoDB ${dynamoDb}, Step Functions ${stepFunctions}, ECS ${ecs}; records ${options.data ?? 'in memory'}`,
    `  a token: curl ${url}/local/token -H 'content-type: application/json' -d '{"user":"alice","roles":["SystemAdministrator"]}'`,
    '  Ctrl-C stops it all',
  ].join('\n');
}

function print(line: string): void {
  console.log(line);
}

function complain(error: unknown): void {
  console.error(`lastcall: ${error instanceof Error ? error.message : error}`);
}
