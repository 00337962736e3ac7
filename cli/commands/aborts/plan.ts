import type { Command } from '@commander-js/extra-typings';
import { readPlan } from '#cli/abort/read-plan';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { planText } from '#cli/output/plan';
import { openSession } from '#cli/session';

/** Declares `lastcall plan`. */
export function plan(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (job, _options, self) => {
    const session = await openSession(self);
    const jobId = await resolveId(session, 'job', job);
    await show(session.format, await readPlan(session, jobId), planText);
    suggest(`lastcall abort ${jobId} --reason TEXT`);
  });
}
