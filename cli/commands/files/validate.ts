import type { Command } from '@commander-js/extra-typings';
import { readJob } from '#cli/files/read-job';
import { showDryRun } from '#cli/output/dry-run';
import { note, suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';

/** Declares `lastcall validate`. */
export function validate(command: Command): void {
  command
    .argument('<file>', 'a job file, YAML or JSON; - for stdin')
    .option('--offline', 'ask no system whether its groups and handlers exist')
    .action(async (path, { offline }, self) => {
      const body = await readJob(path);
      if (offline) {
        note(`${path} is a valid job file; no system was asked.`);
        return;
      }
      const session = await openSession(self);
      await showDryRun(session, await session.client.dryRunJob(body));
      suggest(`lastcall submit ${path}`);
    });
}
