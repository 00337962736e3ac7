import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { pageLimit, showPage, someOf } from '#cli/lists';
import { suggest } from '#cli/output/notes';
import { tasksText } from '#cli/output/tasks';
import { openSession } from '#cli/session';
import { TASK_STATUSES } from '#domain/statuses';

/** Declares `lastcall tasks`. */
export function tasks(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--status <statuses>', `with commas between: ${TASK_STATUSES.join(', ')}`, someOf(TASK_STATUSES))
    .option('--limit <number>', 'how many at most', pageLimit)
    .option('--cursor <cursor>', 'go on after that page')
    .action(async (job, query, self) => {
      const session = await openSession(self);
      const jobId = await resolveId(session, 'job', job);
      const page = await session.client.call('GET /jobs/{jobId}/tasks', { path: { jobId }, query });
      await showPage(session, { page, text: tasksText });
      const failed = page.items.find(({ status }) => status === 'Error');
      if (failed !== undefined) suggest(`lastcall task ${jobId} ${failed.taskId}`);
    });
}
