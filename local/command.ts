/** The command `lastcall local`. */
import type { Command } from 'commander';
import { declareOptions, readOptions } from './options.ts';

/** Adds the command to the program. It exits this process when the system has ended. */
export function addLocalCommand(program: Command): void {
  declareOptions(program.command('local'))
    .description('run the whole system on this machine')
    .action(async (_parsed, command: Command) => {
      const options = readOptions(command);
      // Loaded here: the other commands do not need the host.
      const { runLocal } = await import('./run.ts');
      process.exit(await runLocal(options, program.version() ?? ''));
    });
}
