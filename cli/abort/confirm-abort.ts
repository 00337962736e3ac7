/** From a plan to an abort that its caller has seen and confirmed. */

import { ask } from '#cli/ask';
import { EXIT, Stopped, wrongUse } from '#cli/exit-codes';
import { Interrupted } from '#cli/interrupt';
import { canAsk, note } from '#cli/output/notes';
import { differenceText, isHarmful, planText } from '#cli/output/plan';
import type { Session } from '#cli/session';
import { isObject } from '#cli/state/json-file';
import { type Abort, type Job, type Plan, Refused } from '#client/client';
import { readPlan } from './read-plan.ts';

/** How the caller confirms. */
type How = {
  /** Asked for when the plan has been seen. */
  readonly reason?: string | undefined;
  readonly yes: boolean;
  /** The plan that was shown before. */
  readonly planId?: string | undefined;
  readonly acceptHarm: boolean;
};

/** A plan on its way to an abort, again with a newer one when it has changed. */
const MAX_PLANS = 10;
const CHANGED = 'The plan has changed since it was shown. What is new:';

/**
 * Shows the plan, has it confirmed and aborts the job. If more would be harmed meanwhile, it shows the difference and
 * asks again; without a terminal it ends.
 * @throws Stopped without a confirmation: exit code 2 where a flag is missing, 3 where the plan has changed
 */
export async function confirmAbort(session: Session, job: Job, how: How): Promise<Abort> {
  let plan = await readPlan(session, job.jobId);
  note(planText(plan));
  const reason = how.reason ?? (await askReason(job.name));
  for (let count = 1; ; count += 1) {
    await confirm(plan, job, how);
    const planId = count === 1 ? (how.planId ?? plan.planId) : plan.planId;
    const changed = await abortBy(session, job.jobId, { planId, reason });
    if (!isChange(changed)) return changed;
    note(`\n${changeText({ confirmed: planId, shown: plan, now: changed.plan })}\n`);
    if (count >= MAX_PLANS || !(canAsk() || how.acceptHarm)) throw planChanged(changed.plan);
    plan = changed.plan;
  }
}

/** The plan that was shown is not printed twice: what differs from it is. */
function changeText({ confirmed, shown, now }: { confirmed: string; shown: Plan; now: Plan }): string {
  const change = `${CHANGED}\n${differenceText(shown, now)}`;
  if (confirmed === shown.planId) return change;
  const stale = `The plan ${confirmed} is not the current one.`;
  return shown.planId === now.planId ? `${stale}\nThe current plan is ${now.planId}, above.` : `${stale}\n${change}`;
}

async function askReason(name: string): Promise<string> {
  const reason = await askHere(`Why is "${name}" aborted? `);
  if (reason === '') throw wrongUse('An abort needs a reason: it is kept with the record.', 'say why by --reason TEXT');
  return reason;
}

/** Ctrl-C at a question is the answer no. */
async function askHere(question: string): Promise<string> {
  try {
    return await ask(question);
  } catch (error) {
    if (error instanceof Interrupted) note('\nNothing was aborted.');
    throw error;
  }
}

type Change = { readonly plan: Plan };

async function abortBy(
  session: Session,
  jobId: string,
  body: { planId: string; reason: string },
): Promise<Abort | Change> {
  try {
    return await session.client.call('POST /jobs/{jobId}/abort', { path: { jobId }, body });
  } catch (error) {
    const plan = error instanceof Refused && error.code === 'PlanChanged' ? error.problem.plan : undefined;
    if (isPlan(plan)) return { plan };
    throw error;
  }
}

function isChange(made: Abort | Change): made is Change {
  return 'plan' in made;
}

function isPlan(value: unknown): value is Plan {
  return isObject(value) && typeof value.planId === 'string' && Array.isArray(value.disruptedJobs);
}

/** `--yes` alone covers no harm to others: what it would confirm was not seen. */
async function confirm(plan: Plan, job: Job, { yes, planId, acceptHarm }: How): Promise<void> {
  const isHarm = isHarmful(plan);
  if (yes && (!isHarm || acceptHarm || planId !== undefined)) return;
  if (!canAsk()) throw notConfirmed(plan, { yes, isHarm });
  const isAgreed = isHarm
    ? (await askHere(`Work of others would fail or stop. To abort, type the name of the job (${job.name}): `)) ===
      job.name
    : /^y(es)?$/i.test(await askHere(`Abort "${job.name}"? (y/N) `));
  if (!isAgreed)
    throw new Stopped('Nothing was aborted.', { exitCode: EXIT.failed, next: `lastcall watch ${job.jobId}` });
}

function notConfirmed({ planId }: Plan, { yes, isHarm }: { yes: boolean; isHarm: boolean }): Stopped {
  if (!isHarm) return wrongUse('There is no terminal to ask on: confirm the plan by --yes.');
  return wrongUse(
    `Work of others would fail or stop${yes ? ', and --yes does not cover that' : ''}.`,
    `confirm this plan by --yes --plan ${planId}, or any by --yes --accept-harm`,
  );
}

function planChanged({ planId, jobId }: Plan): Stopped {
  return new Stopped('PlanChanged: more would be harmed than the confirmed plan said. Nothing was aborted.', {
    exitCode: EXIT.refused,
    next: `lastcall plan ${jobId}, then lastcall abort ${jobId} --reason TEXT --yes --plan ${planId}`,
  });
}
