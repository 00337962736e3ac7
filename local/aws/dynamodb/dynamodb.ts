/** DynamoDB on this machine: runs the engine, and restarts it when it dies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GuardedProcess } from '#processes/guarded-process';
import { pause } from '#processes/pause';
import { EngineFailed, findEngine } from './find-engine.ts';

type Setup = {
  readonly port: number;
  /** Keeps the records; without it they stay in memory. */
  readonly file?: string;
  readonly log: (line: string) => void;
  /** Called once when the engine is lost: it died with the records in memory, or too often. */
  readonly onLost: (error: Error) => void;
};

/** A busy machine takes its time to start a process. */
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 10;
const MAX_RESTARTS = 5;
const FIRST_PAUSE_MS = 100;
/** Deaths before a run of this length are not counted any more. */
const PROVEN_MS = 60_000;
const MAX_QUOTED_LINES = 5;
/** Its threads wait for one lock, of SQLite: each further one takes time from it (tokio, "Builder::worker_threads"). */
const ONE_THREAD = { TOKIO_WORKER_THREADS: '1' };

/**
 * Starts the engine. Returns when it replies.
 * @throws EngineFailed with the engine's own words when it does not start, or when this platform has no engine
 */
export async function startDynamoDb(setup: Setup): Promise<DynamoDb> {
  return new DynamoDb(setup, await startEngine(setup));
}

/** A running engine under supervision. */
export class DynamoDb {
  readonly url: string;
  readonly #setup: Setup;
  readonly #closing = new AbortController();
  readonly #supervision: Promise<void>;
  #engine: GuardedProcess;
  /** Deaths in a row. */
  #deaths = 0;

  constructor(setup: Setup, engine: GuardedProcess) {
    this.url = urlOf(setup);
    this.#setup = setup;
    this.#engine = engine;
    this.#supervision = this.#supervise();
  }

  /** Stops the engine. The records of a file are then complete on disk. May be repeated. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#engine.stop(STOP_LIMIT_MS);
    await this.#supervision;
    // A restart that was running meanwhile has started another engine.
    await this.#engine.stop(STOP_LIMIT_MS);
  }

  async #supervise(): Promise<void> {
    const { file, log, onLost } = this.#setup;
    while (!this.#closing.signal.aborted) {
      const startedAt = performance.now();
      const end = await this.#engine.ended;
      if (this.#closing.signal.aborted) return;
      if (file === undefined) return onLost(new EngineFailed(`DynamoDB ${end}, and its records were in memory.`));
      this.#deaths = performance.now() - startedAt > PROVEN_MS ? 1 : this.#deaths + 1;
      if (this.#deaths > MAX_RESTARTS) {
        return onLost(new EngineFailed(`DynamoDB ${end}, for the ${this.#deaths}th time in a row.`));
      }
      log(`DynamoDB ${end}: starting it again`);
      await this.#restart();
    }
  }

  async #restart(): Promise<void> {
    if (!(await pause(FIRST_PAUSE_MS * 2 ** (this.#deaths - 1), this.#closing.signal))) return;
    try {
      this.#engine = await startEngine(this.#setup);
    } catch (error) {
      // The ended engine stays in place; the next round counts this as another death.
      if (!this.#closing.signal.aborted) this.#setup.log(String(error));
    }
  }
}

function urlOf({ port }: Setup): string {
  return `http://127.0.0.1:${port}`;
}

async function startEngine(setup: Setup): Promise<GuardedProcess> {
  const lastLines: string[] = [];
  const records = setup.file === undefined ? [] : ['--db-path', setup.file];
  const command = [findEngine(), '--port', String(setup.port), ...records];
  const hear = (line: string) => {
    if (line.startsWith('error')) setup.log(line);
    lastLines.push(line);
    if (lastLines.length > MAX_QUOTED_LINES) lastLines.shift();
  };
  const engine = new GuardedProcess(command, hear, ONE_THREAD);
  const failure = await failureToReply(urlOf(setup), engine);
  if (failure === undefined) return engine;
  await engine.stop(0);
  const words = lastLines.join(' ').trim() || 'it printed nothing';
  throw new EngineFailed(`DynamoDB on port ${setup.port} ${failure}: ${words}`);
}

async function failureToReply(url: string, engine: GuardedProcess): Promise<string | undefined> {
  const deadline = performance.now() + START_LIMIT_MS;
  let end: string | undefined;
  void engine.ended.then((how) => {
    end = how;
  });
  while (end === undefined && performance.now() < deadline) {
    if (await replies(url)) return undefined;
    await sleep(POLL_MS);
  }
  return end ?? `did not reply within ${START_LIMIT_MS / 1000} s`;
}

async function replies(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(START_LIMIT_MS) }).then(
    () => true,
    () => false,
  );
}
