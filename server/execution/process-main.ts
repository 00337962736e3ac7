/** The program of an isolated handler's process; its one argument, if any, is the handlers file. */
import { loadHandlers } from '#server/handlers/load';
import { HandlerHost } from './handler-host.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';
import { yieldProcessor } from './yield-processor.ts';

mapSdkSpecifier();
const handlers = await loadHandlers(process.argv[2]);
yieldProcessor();
const host = new HandlerHost(handlers, (report) => process.send?.(report));
// Node keeps the messages that came before this listener.
process.on('message', (message) => host.obey(message));
