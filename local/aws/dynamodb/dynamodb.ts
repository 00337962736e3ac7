/** DynamoDB on this machine: runs the engine, and runs it again when it dies. */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { type GuardedProcess, startGuarded } from '#processes/guarded-process';

export type DynamoDb = { readonly url: string; close(): Promise<void> };

type Setup = {
  readonly port: number;
  /** Where the records are kept; in memory without it. */
  readonly file?: string;
  readonly log: (line: string) => void;
  /** Called once when the engine is gone for good: its records were in memory, or it died too often. */
  readonly onLost: (error: Error) => void;
};

const START_LIMIT_MS = 5_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 10;
const MAX_RESTARTS = 5;
const FIRST_PAUSE_MS = 100;
/** An engine that ran this long starts with a clean record. */
const PROVEN_MS = 60_000;

/**
 * Starts the engine and returns when it answers. Throws with the engine's own words when it does not start.
 * `close` may be repeated; the records of a file are then complete on disk.
 */
export async function startDynamoDb(setup: Setup): Promise<DynamoDb> {
  const url = `http://127.0.0.1:${setup.port}`;
  const closing = new AbortController();
  const supervised = { current: await startEngine(setup, url) };
  const supervision = supervise({ setup, url, supervised, closing: closing.signal });
  return {
    url,
    close: async () => {
      closing.abort();
      await supervised.current.stop(STOP_LIMIT_MS);
      await supervision;
      // A restart that was under way when we came has put another engine in the place of the one we stopped.
      await supervised.current.stop(STOP_LIMIT_MS);
    },
  };
}

/** The engine's program file. Throws with what to do where this platform has none. */
function findEngine(): string {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(`@dynoxide/${process.platform}-${process.arch}/dynoxide`);
  } catch (error) {
    throw new Error(
      `There is no DynamoDB engine for ${process.platform}-${process.arch} among the packages: run npm ci with optional dependencies, ` +
        'or start any DynamoDB (DynamoDB Local, for instance) and name it in AWS_ENDPOINT_URL_DYNAMODB.',
      { cause: error },
    );
  }
}

async function startEngine(setup: Setup, url: string): Promise<GuardedProcess> {
  const said: string[] = [];
  const records = setup.file === undefined ? [] : ['--db-path', setup.file];
  const command = [findEngine(), '--port', String(setup.port), ...records];
  const engine = startGuarded(command, (line) => {
    if (line.startsWith('error')) setup.log(line);
    said.push(line);
    if (said.length > 5) said.shift();
  });
  const failure = await failureToAnswer(url, engine);
  if (failure === undefined) return engine;
  await engine.stop(0);
  throw new Error(`DynamoDB on port ${setup.port} ${failure}: ${said.join(' ').trim() || 'it said nothing'}`);
}

async function failureToAnswer(url: string, engine: GuardedProcess): Promise<string | undefined> {
  const deadline = performance.now() + START_LIMIT_MS;
  let end: string | undefined;
  void engine.ended.then((how) => {
    end = how;
  });
  while (end === undefined && performance.now() < deadline) {
    if (await answers(url)) return undefined;
    await wait(POLL_MS);
  }
  return end ?? `did not answer within ${START_LIMIT_MS / 1000} s`;
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(START_LIMIT_MS) }).then(
    () => true,
    () => false,
  );
}

type Supervision = {
  readonly setup: Setup;
  readonly url: string;
  readonly supervised: { current: GuardedProcess };
  readonly closing: AbortSignal;
};

async function supervise(supervision: Supervision): Promise<void> {
  const { setup, supervised, closing } = supervision;
  let restarts = 0;
  while (!closing.aborted) {
    const startedAt = performance.now();
    const end = await supervised.current.ended;
    if (closing.aborted) return;
    if (setup.file === undefined) return setup.onLost(new Error(`DynamoDB ${end}, and its records were in memory.`));
    if (performance.now() - startedAt > PROVEN_MS) restarts = 0;
    restarts += 1;
    if (restarts > MAX_RESTARTS)
      return setup.onLost(new Error(`DynamoDB ${end}, for the ${restarts}th time in a row.`));
    setup.log(`DynamoDB ${end}: starting it again`);
    await restart(supervision, FIRST_PAUSE_MS * 2 ** (restarts - 1));
  }
}

async function restart({ setup, url, supervised, closing }: Supervision, pauseMs: number): Promise<void> {
  try {
    await wait(pauseMs, undefined, { signal: closing });
    supervised.current = await startEngine(setup, url);
  } catch (error) {
    // The engine in place stays the ended one, so that the next round counts this as one more death.
    if (!closing.aborted) setup.log(String(error));
  }
}
