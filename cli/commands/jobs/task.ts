import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { taskText } from '#cli/output/task';
import { openSession } from '#cli/session';
import type { Task } from '#client/client';
import { isUnstarted } from '#domain/statuses';

/** Declares `lastcall task`. */
export function task(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .argument('<task>', 'the id of the task in the job')
    .action(async (...[job, taskId, , self]) => {
      const session = await openSession(self);
      const jobId = await resolveId(session, 'job', job);
      const found = await session.client.call('GET /jobs/{jobId}/tasks/{taskId}', { path: { jobId, taskId } });
      await show(session.format, found, taskText);
      suggest(nextOf(found));
    });
}

function nextOf({ jobId, taskId, status, attempts }: Task): string {
  if (isUnstarted(status)) return `lastcall why ${jobId}`;
  const hasStack = attempts.at(-1)?.error?.stack !== undefined;
  return hasStack ? `lastcall task ${jobId} ${taskId} --json (it has the stack)` : `lastcall job ${jobId}`;
}
