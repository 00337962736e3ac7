import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from '#server/execution/ending';
import { Executor } from '#server/execution/executor';
import type { AttemptHandle } from '#server/execution/running-attempt';

/** Handlers that are stopped by force in these tests would run longer: a minute, or for ever. */
const LIMIT_MS = 20_000;

type Line = { message: string; fields: Readonly<Record<string, unknown>> };
export type Host = {
  executor: Executor;
  lines: Line[];
  /** Starts an attempt of job "j1". */
  start: (handler: string, input?: unknown, more?: { attempt?: number; timeoutSeconds?: number }) => AttemptHandle;
  /** Starts an attempt and awaits its ending. */
  run: (handler: string, input?: unknown, more?: { attempt?: number; timeoutSeconds?: number }) => Promise<Ending>;
  /** The first line with this message, once it is logged. */
  logged: (message: string) => Promise<Line>;
};
type Options = { slots?: number; handlersFile?: string; maxHeapMb?: number };

/** Opens an executor whose log lines can be awaited. */
export async function openHost({ slots = 1, ...rest }: Options = {}): Promise<Host> {
  const lines: Line[] = [];
  const news = new EventTarget();
  const log = (message: string, fields: Readonly<Record<string, unknown>>) => {
    lines.push({ message, fields });
    news.dispatchEvent(new Event('line'));
  };
  const executor = await Executor.open({ slots, log, ...rest });
  let count = 0;
  const start: Host['start'] = (handler, input, more) =>
    executor.start({ jobId: 'j1', taskId: `t${++count}`, attempt: 1, handler, input, ...more });
  const logged = (message: string) =>
    within(
      new Promise<Line>((resolve) => {
        const look = () => {
          const line = lines.find((each) => each.message === message);
          if (line) resolve(line);
        };
        news.addEventListener('line', look);
        look();
      }),
    );
  return { executor, lines, start, logged, run: (...args) => within(start(...args).ended) };
}

/** Awaits the promise; fails if it takes longer than the limit. */
export async function within<Value>(promise: Promise<Value>, limitMs = LIMIT_MS): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Nothing came within ${limitMs} ms.`)), limitMs);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Stops the attempt by force and awaits its ending. */
export async function stop(running: AttemptHandle): Promise<Ending> {
  running.stop();
  return await within(running.ended);
}

/** Writes a handlers file far from the repository. */
export function writeHandlers(source: string, name = 'handlers.mts'): { file: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-handlers-'));
  const file = join(folder, name);
  writeFileSync(file, source);
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/** Keeps what handlers print from this process's output until its end. Jest takes some of it for its own. */
export function muteOutput(): { end(): void } {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams) stream.write = () => true;
  return {
    end: () => {
      for (const [index, stream] of streams.entries()) stream.write = writes[index] ?? stream.write;
    },
  };
}
