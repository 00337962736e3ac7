/** The program of a slot's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { loadHandlers } from '#server/handlers/load';
import { HandlerHost } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { yieldProcessor } from './yield-processor.ts';

const workerDataSchema = z.object({ handlersFile: z.string().optional() });

mapSdkSpecifier();
const handlers = await loadHandlers(workerDataSchema.parse(workerData).handlersFile);
yieldProcessor();
const host = new HandlerHost(handlers, (report) => parentPort?.postMessage(report));
parentPort?.on('message', (message) => host.obey(message));
parentPort?.postMessage({ type: 'ready', handlers: host.summaries });
