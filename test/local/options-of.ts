/** The options of `lastcall local` as these arguments give them; what is wrong is thrown, and nothing is printed. */
import { Command } from 'commander';
import { declareOptions, type LocalOptions, readOptions } from '#local/options';

export function optionsOf(...args: string[]): LocalOptions {
  const command = declareOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return readOptions(command.parse(args, { from: 'user' }));
}
