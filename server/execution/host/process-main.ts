/** The program of a slot's process; its one argument, if any, is the handlers file. */
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers';
import { CHANNEL } from '#processes/process-group';
import type { Report } from '#server/execution/messages';
import { loadHandlers } from '#server/handlers/load';
import { HandlerHost } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { writeLine } from './write-line.ts';
import { yieldProcessor } from './yield-processor.ts';

/** Terminals and service managers send these to every process. The server hears them, too, and decides what ends. */
const SERVERS_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

// A handler can replace these for its own ends.
const { stringify, parse } = JSON;

// Without a listener, the last one would open a debugger to everybody on this machine.
for (const signal of [...SERVERS_SIGNALS, 'SIGUSR1']) process.on(signal, () => undefined);
process.setSourceMapsEnabled(true);
// Opened before the first attempt, or what a handler prints would look like something that it left behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1));
mapSdkSpecifier();
const handlers = await loadHandlers(process.argv[2]).catch(refuse);
yieldProcessor();
const host = new HandlerHost(handlers, send);
const orders = createInterface(new Socket({ fd: CHANNEL, readable: true, writable: false }));
// Each in its own turn of the event loop: a handler must have started before it hears that it should end.
orders.on('line', (line) => setImmediate(() => host.obey(parse(line))));
process.on('uncaughtException', (error) => host.crash(error));
host.ready();

/** A report is written at once: a handler that logs more than the server reads has to wait. */
function send(report: Report): void {
  writeLine(CHANNEL, stringify(report));
}

function refuse(error: unknown): never {
  send({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
  return process.exit(1);
}
