import type { Command } from '@commander-js/extra-typings';
import { readJob } from '#cli/files/read-job';
import { followJob } from '#cli/follow/follow-job';
import { showDryRun } from '#cli/output/dry-run';
import { show } from '#cli/output/format';
import { jobText } from '#cli/output/jobs';
import { note, suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { rememberId } from '#cli/state/last';

/** Declares `lastcall submit`. */
export function submit(command: Command): void {
  command
    .argument('<file>', 'a job file, YAML or JSON; - for stdin')
    .option('--dry-run', 'say what the job would be, and submit nothing')
    .option('--hold', 'keep its tasks from starting until it is released')
    .option('--watch', 'follow it to its end')
    .option('--key <text>', 'a repeat with the same key is the same submission')
    .action(async (path, { dryRun, hold, watch, key }, self) => {
      const session = await openSession(self);
      const { client, format } = session;
      const read = await readJob(path);
      const body = hold ? { ...read, hold } : read;
      if (dryRun) {
        await showDryRun(session, await client.dryRunJob(body));
        suggest(`lastcall submit ${path}`);
        return;
      }
      const job = await client.call('POST /jobs', { body, idempotencyKey: key });
      await rememberId(client.url, 'job', job.jobId);
      if (watch) {
        note(`Submitted ${job.jobId}.`);
        process.exitCode = await followJob(session, job.jobId);
        return;
      }
      await show(format, job, jobText);
      suggest(`lastcall ${job.status === 'Withhold' ? 'release' : 'watch'} ${job.jobId}`);
    });
}
