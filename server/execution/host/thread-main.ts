/** The program of a slot's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import type { Report } from '#server/execution/messages';
import { loadHandlers } from '#server/handlers/load';
import { HandlerHost } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { PacedWriter } from './write-line.ts';
import { yieldProcessor } from './yield-processor.ts';

const workerDataSchema = z.object({
  handlersFile: z.string().optional(),
  /** How many log lines the server has not dealt with. */
  unread: z.instanceof(Int32Array),
  /** The attempt whose handler was started last. */
  started: z.instanceof(Int32Array),
  maxUnread: z.number(),
  pace: z.object({ burstBytes: z.number(), bytesPerSecond: z.number() }),
});

const { handlersFile, unread, started, maxUnread, pace } = workerDataSchema.parse(workerData);
mapSdkSpecifier();
const handlers = await loadHandlers(handlersFile).catch(refuse);
yieldProcessor();
const host = new HandlerHost(handlers, send);
parentPort?.on('message', (message) => host.obey(message));
for (const [descriptor, stream] of [process.stdout, process.stderr].entries()) printAtOnce(stream, descriptor + 1);
process.on('uncaughtException', (error) => host.crash(error));
host.ready();

/** A handler that logs more than the server reads has to wait. */
function send(report: Report): void {
  if (report.type === 'started') {
    Atomics.store(started, 0, report.sequence);
    return;
  }
  if (report.type === 'log') waitForTurn();
  parentPort?.postMessage(report);
}

function waitForTurn(): void {
  for (let count = Atomics.load(unread, 0); count >= maxUnread; count = Atomics.load(unread, 0))
    Atomics.wait(unread, 0, count);
  Atomics.add(unread, 0, 1);
}

function refuse(error: unknown): never {
  send({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
  return process.exit(1);
}

/** What a thread prints is else kept in the server's memory until it is written. It waits beyond the pace. */
function printAtOnce(stream: NodeJS.WriteStream, descriptor: number): void {
  const paced = new PacedWriter(descriptor, pace);
  stream.write = (chunk: string | Uint8Array, ...more: unknown[]) => {
    paced.write(Buffer.from(chunk));
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
}
