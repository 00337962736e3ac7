import type { Command } from '@commander-js/extra-typings';
import { openBrowser } from '#cli/browser';
import { resolveId } from '#cli/ids';
import { print } from '#cli/output/format';
import { openSession } from '#cli/session';

/** Declares `lastcall open`. */
export function open(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--no-browser', 'only print the address')
    .action(async (text, { browser }, self) => {
      const session = await openSession(self);
      const jobId = await resolveId(session, 'job', text);
      const address = `${session.client.url}/console/jobs/${jobId}`;
      print(address);
      if (browser && process.stdout.isTTY) openBrowser(address);
    });
}
