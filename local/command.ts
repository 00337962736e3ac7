/** The command `lastcall local`. */
import type { Command } from '@commander-js/extra-typings';
import { declareOptions, readOptions } from './options.ts';

/** Declares the command's options and what it does. It exits this process when the system has ended. */
export function local(command: Command): void {
  // It is the system itself: the options that name one mean nothing here. A wrong one is refused with the right ones.
  declareOptions(command.configureHelp({ showGlobalOptions: false }).showHelpAfterError()).action(
    async (_parsed, self) => {
      const options = readOptions(self);
      // Loaded here: a wrong option is refused without the host.
      const { runLocal } = await import('./run.ts');
      process.exit(await runLocal(options, self.parent?.version() ?? ''));
    },
  );
}
