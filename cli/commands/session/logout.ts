import type { Command } from '@commander-js/extra-typings';
import { note, suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { keepToken } from '#cli/state/tokens';

/** Declares `lastcall logout`. */
export function logout(command: Command): void {
  command.action(async (_options, self) => {
    const { client } = await openSession(self);
    await keepToken(client.url, undefined);
    note(`The token for ${client.url} is forgotten.`);
    suggest('lastcall login');
  });
}
