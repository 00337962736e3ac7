/** The program of a slot's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { loadHandlers } from '#server/handlers/load';
import { serve, summaries } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { yieldProcessor } from './yield-processor.ts';

mapSdkSpecifier();
const { handlersFile } = z.object({ handlersFile: z.string().optional() }).parse(workerData);
const handlers = await loadHandlers(handlersFile);
yieldProcessor();
parentPort?.on(
  'message',
  serve(handlers, (report) => parentPort?.postMessage(report)),
);
parentPort?.postMessage({ type: 'ready', handlers: summaries(handlers) });
