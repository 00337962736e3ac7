import type { Command } from '@commander-js/extra-typings';
import { oneOf } from '#cli/lists';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Declares `lastcall completion`. */
export function completion(command: Command): void {
  command
    .argument('<shell>', SHELLS.join(', '), oneOf(SHELLS))
    .addHelpText('after', "\nFor bash: echo 'source <(lastcall completion bash)' >> ~/.bashrc")
    .action(async (shell) => {
      const { default: tab } = await import('@bomb.sh/tab');
      tab.setup('lastcall', 'lastcall', shell);
    });
}
