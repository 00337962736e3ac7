import type { Command } from '@commander-js/extra-typings';
import { BASH_COMPLETION } from '#cli/completion/bash';
import { oneOf } from '#cli/lists';
import { print } from '#cli/output/format';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** Declares `lastcall completion`. */
export function completion(command: Command): void {
  command
    .argument('<shell>', SHELLS.join(', '), oneOf(SHELLS))
    .addHelpText('after', "\nFor bash: echo 'source <(lastcall completion bash)' >> ~/.bashrc")
    .action(async (shell) => {
      if (shell === 'bash') return print(BASH_COMPLETION);
      const { default: tab } = await import('@bomb.sh/tab');
      tab.setup('lastcall', 'lastcall', shell);
    });
}
