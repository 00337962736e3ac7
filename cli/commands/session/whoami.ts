import type { Command } from '@commander-js/extra-typings';
import { show } from '#cli/output/format';
import { pairsOf } from '#cli/output/table';
import { openSession } from '#cli/session';
import { type Who, whoIsIt } from '#cli/who';

type Shown = Who & { readonly url: string };

/** Declares `lastcall whoami`. */
export function whoami(command: Command): void {
  command.action(async (_options, self) => {
    const session = await openSession(self);
    const who: Shown = { url: session.client.url, ...(await whoIsIt(session)) };
    await show(session.format, who, textOf);
  });
}

function textOf({ url, user, name, roles, issuer, expiresAt }: Shown): string {
  return pairsOf([
    ['System', url],
    ['User', user],
    ['Name', name],
    ['Roles', roles.join(', ') || 'none'],
    ['Issuer', issuer],
    ['Expires', expiresAt],
  ]);
}
