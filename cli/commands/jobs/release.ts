import type { Command } from '@commander-js/extra-typings';
import { actOnJob } from '#cli/act';

/** Declares `lastcall release`. */
export function release(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (job, _options, self) => {
    await actOnJob(job, self, ({ client }, jobId) => client.call('POST /jobs/{jobId}/release', { path: { jobId } }));
  });
}
