import type { Command } from '@commander-js/extra-typings';
import { setFeature } from '#cli/features';

/** Declares `lastcall disable`. */
export function disable(command: Command): void {
  command.argument('<feature>', 'such as EnhancedBatchAbort').action(async (feature, _options, self) => {
    await setFeature(feature, false, self);
  });
}
