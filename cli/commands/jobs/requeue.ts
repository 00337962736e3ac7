import type { Command } from '@commander-js/extra-typings';
import { actOnJob } from '#cli/act';

/** Declares `lastcall requeue`. */
export function requeue(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--all', 'run all tasks again, also those that are Finished')
    .action(async (job, { all }, self) => {
      const body = { scope: all ? 'All' : 'NotFinished' } as const;
      await actOnJob(job, self, ({ client }, jobId) =>
        client.call('POST /jobs/{jobId}/requeue', { path: { jobId }, body }),
      );
    });
}
