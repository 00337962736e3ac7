/** The program of a slot's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { loadHandlers } from '#server/handlers/load';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { serve, summaries } from './serve.ts';

mapSdkSpecifier();
const { handlersFile } = z.object({ handlersFile: z.string().optional() }).parse(workerData);
const handlers = await loadHandlers(handlersFile);
parentPort?.on(
  'message',
  serve(handlers, (report) => parentPort?.postMessage(report)),
);
parentPort?.postMessage({ type: 'ready', handlers: summaries(handlers) });
