import type { Command } from '@commander-js/extra-typings';
import { actOnJob } from '#cli/act';
import { readTasks } from '#cli/files/read-job';

/** Declares `lastcall add-tasks`. */
export function addTasks(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .argument('<file>', 'its tasks, written as in a job file, YAML or JSON; - for stdin')
    .option('--key <text>', 'a repeat with the same key adds them once')
    .action(async (...[job, path, { key }, self]) => {
      const body = await readTasks(path);
      await actOnJob(job, self, ({ client }, jobId) =>
        client.call('POST /jobs/{jobId}/tasks', { path: { jobId }, body, idempotencyKey: key }),
      );
    });
}
