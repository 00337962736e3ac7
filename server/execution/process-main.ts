/** The program of an isolated handler's process; its one argument, if any, is the handlers file. */
import { loadHandlers } from '#server/handlers/load';
import { serve } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { yieldProcessor } from './yield-processor.ts';

mapSdkSpecifier();
const handlers = await loadHandlers(process.argv[2]);
yieldProcessor();
// Node keeps what came in meanwhile until this listener is there.
process.on(
  'message',
  serve(handlers, (report) => process.send?.(report)),
);
