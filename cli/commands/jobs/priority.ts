import type { Command } from '@commander-js/extra-typings';
import { actOnJob } from '#cli/act';
import { oneOf } from '#cli/lists';
import { PRIORITIES } from '#domain/priorities';

/** Declares `lastcall priority`. */
export function priority(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .argument('<priority>', PRIORITIES.join(', '), oneOf(PRIORITIES))
    .action(async (...[job, given, , self]) => {
      await actOnJob(job, self, ({ client }, jobId) =>
        client.call('PUT /jobs/{jobId}/priority', { path: { jobId }, body: { priority: given } }),
      );
    });
}
