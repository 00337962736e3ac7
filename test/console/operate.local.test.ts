/** The console in a real browser on a running system: what an operator does on a working day. */
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Opened } from '#test/support/console/browser';
import { cancelHere, confirmHere, fillSignIn, openPlan, signIn } from '#test/support/console/operator';
import { abortJob, activeServers, readAbort, switchFeature, untilEnded } from '#test/support/flows/aborts';
import { makeDirectory } from '#test/support/flows/directory';
import { cancelJob, readJob, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const DIRECTORY = makeDirectory('operate');
const OPTIONS = '--servers 2 --slots 3 --drain-seconds 60 --heartbeat-seconds 1 --batch-groups default'.split(' ');

let system: System;
/** Of those who have signed in, by name and role. */
const pages = new Map<string, Opened>();
/** By the test that runs. */
const opened: Opened[] = [];
beforeAll(async () => {
  system = await startSystem({ args: [...OPTIONS, '--handlers', WITNESS] });
  await eventually(async () => (await activeServers(system)).length === 2, { limitMs: 20_000 });
});
afterEach(async () => {
  const all = opened.splice(0);
  for (const { page } of all) {
    await page.unrouteAll();
    // A console that stays open goes on reading the system.
    await page.goto('/health');
  }
  expect(all.flatMap(({ faults }) => faults.splice(0))).toEqual([]);
});

/** The page of a person, who signs in once. */
async function open(person: NonNullable<Parameters<typeof signIn>[1]> = {}): Promise<Page> {
  const who = `${person.name} ${person.role}`;
  const known = pages.get(who);
  await known?.page.goto(person.path ?? '/');
  const one = known ?? (await signIn(system.url, person));
  pages.set(who, one);
  opened.push(one);
  return one.page;
}

const blocked = (taskId = 'hang') => ({ taskId, handler: 'block', input: { seconds: 600 } });
const nap = (seconds: number, more: object = {}) => ({
  handler: 'sleep',
  input: { seconds, cooperative: true },
  ...more,
});
/** Runs until it is released. */
const held = (file: string) => ({ handler: 'witness', input: { file, kind: 'held' } });

test('A user submits a job as text, after a dry run, and sees it end', async () => {
  const page = await open({ role: 'BatchUser' });
  await page.getByRole('button', { name: 'Submit a job' }).click();
  const text = page.getByLabel('The job in YAML or JSON');
  await text.fill('name: [');
  await page
    .getByText(/^Line 1, column/)
    .first()
    .waitFor();
  await text.fill('name: Month end\ntasks:\n  - { taskId: a, handler: echo }\n  - { taskId: b, handler: unheard }\n');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText(/1 task without a live server with the handler unheard/).waitFor();
  await text.fill('name: Month end\ntasks:\n  - { taskId: a, handler: echo, input: 1 }\n');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await page.getByRole('heading', { name: /^Month end/ }).waitFor();
  await page.getByText(/^Finished at/).waitFor();
});

test('A job that hangs beside payroll is stopped, payroll ends in time, and the proof says so', async () => {
  await switchFeature(system, true);
  const salaries = join(DIRECTORY, 'salaries');
  const payroll = await submitJob(system, { name: 'Payroll', tasks: Array.from({ length: 4 }, () => held(salaries)) });
  const { jobId } = await submitJob(system, { name: 'Report', tasks: [blocked()] });
  await untilRunning(system, jobId, 1);
  await untilRunning(system, payroll.jobId, 4);
  const page = await open();
  await page.getByRole('link', { name: 'Report' }).click();
  await cancelHere(page, 'it hangs');
  await page.getByText(/^Cancelling since .* by alice/).waitFor();
  await openPlan(page);
  await page.getByRole('table', { name: 'Disrupted jobs' }).getByRole('link', { name: 'Payroll' }).first().waitFor();
  await confirmHere(page, { reason: 'it hangs', jobName: 'Report' });
  await page
    .getByText(/^Waits for .* of Payroll; .*at the latest in /)
    .first()
    .waitFor();
  const asOf = await page.getByText(/^As of/).textContent();
  await page.getByText(`${asOf}`).waitFor({ state: 'hidden' });
  await page.getByText('Now DrainServer').waitFor();
  await page.getByText('The same in a list').click();
  await page.getByText('DrainServer, now: 1 server').waitFor();
  release(salaries);
  await page.getByRole('heading', { name: 'Proof' }).waitFor();
  await page.getByText('CompleteAbort, passed').waitFor();
  await page
    .getByText(/container stopped at .* exit code/)
    .first()
    .waitFor();
  const proof = await page.getByText(/promised: ends in time, or fails; became: finished undisturbed/).count();
  expect(proof).toBeGreaterThan(0);
  await page.goto('/console/aborts');
  await page.getByRole('row', { name: /Report .*alice it hangs .* may fail none/ }).waitFor();
  expect(await untilFinal(system, payroll.jobId, 30_000)).toMatchObject({ status: 'Finished' });
  expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled', cancel: { reason: 'it hangs' } });
});

test('What the plan would do more since it was read is marked, and must be read before it can be confirmed', async () => {
  await switchFeature(system, true);
  const jobId = await runBlocked('Closing');
  const page = await open({ path: `/console/jobs/${jobId}/abort` });
  await page.getByText('No other job is disrupted.').waitFor();
  const newcomer = await submitJob(system, { name: 'Newcomer', tasks: [nap(60), nap(60), nap(60), nap(60)] });
  await page
    .getByText(/^The plan has changed/)
    .first()
    .waitFor();
  await page.getByText('new', { exact: true }).first().waitFor();
  expect(await page.getByRole('button', { name: 'Abort and restart the servers' }).getAttribute('aria-disabled')).toBe(
    'true',
  );
  await page.getByRole('button', { name: 'I have read what is new' }).click();
  await confirmHere(page, { reason: 'still', jobName: 'Closing' });
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText(/^Withdrawn at/).waitFor();
  expect(await readAbort(system, new URL(page.url()).pathname.split('/').at(-1) ?? '')).toMatchObject({
    status: 'Withdrawn',
  });
  await cancelJob(system, newcomer.jobId);
  await page.goto(`/console/jobs/${jobId}/abort`);
  await confirmHere(page, { reason: 'now', jobName: 'Closing' });
  await page.getByRole('heading', { name: 'Proof' }).waitFor();
});

test('Of a job that is too large to draw, one sees the stages and what is around a task', async () => {
  const { jobId } = await submitJob(system, {
    name: 'Large',
    hold: true,
    tasks: Array.from({ length: 250 }, (_, index) => ({
      taskId: `t${index}`,
      handler: 'echo',
      ...(index < 50 ? {} : { dependsOn: [{ taskId: `t${index - 50}`, expected: 'Finished' }] }),
    })),
  });
  const page = await open({ path: `/console/jobs/${jobId}/graph` });
  await page.getByText('Stage 5: 50 tasks').waitFor();
  await page.getByRole('combobox', { name: 'What is around a task' }).fill('t107');
  await page.getByRole('option', { name: 't107', exact: true }).click();
  await page.getByText(/^4 tasks around t107, up to a distance of 2/).waitFor();
  await page.locator('a[data-task=t107]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name: /^t157/ }).waitFor();
});

test('The timeline shows the newest event first, also of a story longer than one read of it', async () => {
  const { jobId } = await submitJob(system, { name: 'Storied', hold: true, tasks: [nap(1)] });
  for (let index = 0; index < 55; index += 1) {
    await system.call('PUT', `/jobs/${jobId}/priority`, { body: { priority: 'High' } });
    await system.call('PUT', `/jobs/${jobId}/priority`, { body: { priority: 'Low' } });
  }
  await cancelJob(system, jobId);
  const page = await open({ path: `/console/jobs/${jobId}/timeline` });
  const rows = page.getByRole('table', { name: 'Events of the job' }).getByRole('row');
  await rows.nth(1).getByText('Job cancelled').waitFor();
});

test('A switch is changed by an administrator only, and says who changed it', async () => {
  const admin = await open({ name: 'adam', role: 'SystemAdministrator', path: '/console/features' });
  await admin.getByRole('heading', { name: 'EnhancedBatchAbort' }).waitFor();
  const wasOn = await admin.getByRole('checkbox').isChecked();
  await admin.getByRole('checkbox').click();
  await admin.getByText(`EnhancedBatchAbort is ${wasOn ? 'off' : 'on'}.`).waitFor();
  await admin.getByText(/^Changed by adam/).waitFor();
  const manager = await open({ path: '/console/features' });
  await manager.getByText('This needs the role SystemAdministrator.').waitFor();
  expect(await manager.getByRole('checkbox').isDisabled()).toBe(true);
});

test('A reader may do nothing, and reads why at each step', async () => {
  const { jobId } = await submitJob(system, { name: 'Seen', hold: true, tasks: [nap(1)] });
  const page = await open({ name: 'rita', role: 'Reader', path: `/console/jobs/${jobId}` });
  const buttons = page.locator('button[aria-disabled=true]');
  await buttons.nth(2).waitFor();
  await page.getByRole('button', { name: 'Cancel the job' }).focus();
  await page.getByRole('tooltip').getByText('This needs the role BatchUser.').waitFor();
  await page.getByRole('button', { name: 'Act on the job' }).click();
  for (const verb of ['Hold', 'Release', 'Requeue all tasks'])
    expect(await page.getByRole('menuitem', { name: verb }).getAttribute('aria-disabled')).toBe('true');
  await page.goto(`/console/jobs/${jobId}/abort`);
  await page.getByText('There is no plan').waitFor();
  await page.getByRole('button', { name: 'Back to the job' }).click();
  await page.getByRole('heading', { name: /^Seen/ }).waitFor();
});

test('A token that ends during a drain asks for a new sign-in on top of the page, and the abort goes on', async () => {
  await switchFeature(system, true);
  const jobId = await runBlocked('Overnight');
  const night = join(DIRECTORY, 'night');
  const beside = await submitJob(system, { name: 'Beside', tasks: Array.from({ length: 4 }, () => held(night)) });
  await untilRunning(system, beside.jobId, 4);
  const page = await open({ path: `/console/jobs/${jobId}/abort` });
  await page.getByRole('heading', { name: 'Confirm' }).waitFor();
  await confirmHere(page, { reason: 'night', jobName: 'Overnight' });
  await page.getByRole('heading', { name: /^Abort of/ }).waitFor();
  const abortId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await page.goto('/console/aborts');
  await page.getByRole('button', { name: 'Watch it' }).click();
  await page.getByRole('heading', { name: /^Abort of/ }).waitFor();
  expect(await page.getByText('An abort is under way').count()).toBe(0);
  await page.route('**/aborts/**', (route) =>
    route.fulfill({ status: 401, json: { code: 'Unauthorized', detail: 'The token is over.' } }),
  );
  await page.getByText('Your session has expired').waitFor();
  await page.unroute('**/aborts/**');
  await fillSignIn(page, { name: 'alice', role: 'BatchJobManager' });
  release(night);
  await page.getByRole('heading', { name: 'Proof' }).waitFor();
  expect(await untilEnded(system, abortId)).toMatchObject({ status: 'Completed' });
});

test('A page that loses its connection says so, keeps what it shows, and goes on by itself', async () => {
  const { jobId } = await submitJob(system, { name: 'Far away', hold: true, tasks: [nap(1)] });
  const page = await open({ name: 'fay', path: `/console/jobs/${jobId}` });
  await page.getByText(/^On hold:/).waitFor();
  await page.context().setOffline(true);
  await page.getByText(/offline/).waitFor();
  await page.getByRole('heading', { name: /^Far away/ }).waitFor();
  await page.context().setOffline(false);
  await system.call('POST', `/jobs/${jobId}/release`);
  await page.getByText(/^Finished at/).waitFor();
});

test('A page is as old as what it shows itself, not as what the frame around it reads', async () => {
  const page = await open({ path: '/console/features' });
  await page.getByRole('heading', { name: 'EnhancedBatchAbort' }).waitFor();
  await page.route('**/aborts?*', () => {});
  const before = await page.getByText(/^As of/).textContent();
  await page.getByRole('link', { name: 'Servers' }).click();
  await page.getByText(`${before}`).waitFor({ state: 'hidden' });
  await page.getByText(/^As of/).waitFor();
});

test('A list that cannot be read shows the error, and not that nothing is there', async () => {
  const page = await open();
  await page.route(new RegExp(`^${system.url}/(aborts|servers)(\\?|$)`), (route) =>
    route.fulfill({ status: 400, json: { code: 'InvalidRequest', detail: 'No such page.' } }),
  );
  const { jobId } = await submitHeld('Unread');
  for (const [path, problem, none] of [
    ['aborts', 'The aborts cannot be read', /No abort was ever needed/],
    [`jobs/${jobId}/aborts`, 'The aborts cannot be read', /No abort was ever needed/],
    ['servers', 'The servers cannot be read', /No server lives/],
  ] as const) {
    await page.goto(`/console/${path}`);
    await page.getByText(problem).waitFor();
    expect(await page.getByText(none).count()).toBe(0);
  }
});

test('Several jobs are cancelled at once, with an outcome for each', async () => {
  const held = await submitJob(system, { name: 'Bulk held', hold: true, tasks: [nap(1)] });
  const done = await submitJob(system, { name: 'Bulk done', tasks: [{ handler: 'echo' }] });
  await untilFinal(system, done.jobId, 10_000);
  const page = await open();
  await page.getByRole('checkbox', { name: 'Select Bulk held' }).check();
  await page.getByRole('checkbox', { name: 'Select Bulk done' }).check();
  await page.getByRole('button', { name: 'Act on 2 selected' }).click();
  await page.getByRole('menuitem', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Finished/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel 1 job' }).click();
  await dialog.getByText('done', { exact: true }).waitFor();
  expect(await readJob(system, held.jobId)).toMatchObject({ status: 'Cancelled' });
});

test('All jobs that the filter finds are acted on; a run whose session ends stops, and goes on after the sign-in', async () => {
  const sweep = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => submitHeld(`Sweep ${number}`)));
  const page = await open({ path: '/console/jobs?q=sweep' });
  await page.getByRole('row', { name: /Sweep 6.*its release/ }).waitFor();
  await actOnFound(page, 'Change the priority');
  const dialog = page.getByRole('dialog', { name: 'Change the priority: 6 of 6 jobs' });
  await dialog.getByRole('button', { name: 'Change 6 jobs' }).click();
  await dialog.getByText('Done: 6 of 6 jobs, 0 failed').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('row', { name: /Sweep 1.*High/ }).waitFor();

  await actOnFound(page, 'Cancel');
  await page.getByRole('dialog').getByLabel('Reason').fill('a sweep');
  await page.route('**/cancel', (route) =>
    route.fulfill({ status: 401, json: { code: 'Unauthorized', detail: 'Over.' } }),
  );
  await page.getByRole('button', { name: 'Cancel 6 jobs' }).click();
  await page.getByText('Your session has expired').waitFor();
  await page.unroute('**/cancel');
  await fillSignIn(page, { name: 'alice', role: 'BatchJobManager' });
  await page.getByText('Stopped after 0 of 6 jobs, 0 failed').waitFor();
  await page.getByRole('button', { name: 'Go on with 6 jobs' }).click();
  await page.getByText('Done: 6 of 6 jobs, 0 failed').waitFor();
  for (const { jobId } of sweep)
    expect(await readJob(system, jobId)).toMatchObject({
      status: 'Cancelled',
      priority: 'High',
      cancel: { reason: 'a sweep' },
    });
});

test('The list says what jobs wait for, and finds those that no server can run and those that are long Cancelling', async () => {
  await submitJob(system, { name: 'Unserved', batchGroup: 'night', tasks: [nap(1)] });
  await submitHeld('Only held');
  await runBlocked('Stuck');
  const page = await open();
  await page.getByRole('row', { name: /Unserved.*a server of the batch group night/ }).waitFor();
  await page.getByRole('row', { name: /Stuck.*handlers that (were told to end|are blocked)/ }).waitFor();
  await page.getByRole('button', { name: 'Waits for a server' }).click();
  await page.getByRole('link', { name: 'Unserved' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  await page.getByRole('button', { name: 'Needs attention' }).click();
  await page.getByText('Nothing hangs:').waitFor();
  await page.goto('/console/jobs?cancellingFor=0+minutes');
  await page.getByRole('link', { name: 'Stuck' }).waitFor();
  expect(await page.getByRole('link', { name: 'Unserved' }).count()).toBe(0);
});

test('A task links what it depends on, what depends on it and its server; what it waits for is said', async () => {
  const after = (taskId: string) => [{ taskId, expected: 'Finished' }];
  const { jobId } = await submitJob(system, {
    name: 'Chain',
    tasks: [
      { taskId: 'first', handler: 'echo' },
      nap(600, { taskId: 'second', dependsOn: after('first') }),
      { taskId: 'third', handler: 'echo', dependsOn: after('second') },
    ],
  });
  await untilRunning(system, jobId, 1);
  const page = await open({ path: `/console/jobs/${jobId}/tasks?task=second` });
  const panel = page.getByRole('list');
  await panel.getByText('first (Finished) Finished').waitFor();
  await panel.getByRole('link', { name: 'third' }).click();
  await page.getByText(/^It waits for other tasks \(second\)/).waitFor();
  await panel.getByRole('link', { name: 'second' }).click();
  await page.getByRole('table', { name: 'Attempts' }).getByRole('link').click();
  await page.getByRole('heading', { name: /^Server / }).waitFor();
  await page.getByRole('link', { name: 'second' }).waitFor();
  await cancelJob(system, jobId);
});

test('Groups show who serves them and what is open, and their priority is changed; the audit finds what was done', async () => {
  const { jobId } = await submitJob(system, { name: 'Nightly', batchGroup: 'nightly', tasks: [nap(1)] });
  const page = await open({ path: '/console/groups' });
  await page.getByRole('row', { name: /nightly no live server.*1 job, 1 task Ready/ }).waitFor();
  await page.getByRole('button', { name: /Default priority of nightly/ }).click();
  await page.getByRole('option', { name: 'Low' }).click();
  await page.getByText('New jobs of nightly have the priority Low.').waitFor();
  await page
    .getByRole('row', { name: /nightly/ })
    .getByRole('link')
    .click();
  await page.getByRole('link', { name: 'Nightly' }).waitFor();
  await cancelJob(system, jobId);
  await page.goto('/console/audit?type=GroupChanged');
  await page.getByRole('row', { name: /Group changed(?=.*nightly).*after: Low/ }).waitFor();
  await page.goto('/console/audit?type=JobCancelling');
  await page
    .getByRole('row', { name: /Job cancelling/ })
    .first()
    .waitFor();
  expect(await page.getByRole('row', { name: /Job submitted/ }).count()).toBe(0);
  await page.goto('/console/audit?q=Nightly&type=JobCancelling');
  await page.getByRole('row', { name: /Job cancelling.*Nightly/ }).waitFor();
  await page.getByRole('combobox', { name: 'Find events by property' }).fill('Nightly');
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).searchParams.has('type')).toBe(true);
  await page.goto('/console/audit?since=yesterday');
  await page.getByText('The audit cannot be read').waitFor();
  expect(await page.getByText('Nothing fits the filter.').count()).toBe(0);
  await page.goto('/console/audit?type=JobCancelling');
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole('row', { name: /Job cancelling.*Nightly/ }).waitFor();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto('/console/nope');
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
});

function submitHeld(name: string) {
  return submitJob(system, { name, hold: true, tasks: [nap(1)] });
}

async function actOnFound(page: Page, what: string): Promise<void> {
  await page.getByRole('button', { name: 'Act on all found' }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

test('A task that an abort cannot stop is called deaf where the job stands, and in its next plan', async () => {
  await switchFeature(system, false);
  const jobId = await runBlocked('Library call');
  const { abortId } = await abortJob(system, jobId);
  const page = await open({ path: `/console/aborts/${abortId}` });
  await page.getByText(/^handlers that are blocked in native code/).waitFor();
  await page.goto(`/console/jobs/${jobId}`);
  await page.getByText(/has been told and still runs; it does not listen\.$/).waitFor();
  await openPlan(page);
  await page.getByText('no: it is blocked in native code').waitFor();
});

/** A cancelled job with a task that is blocked in native code. */
async function runBlocked(name: string): Promise<string> {
  const { jobId } = await submitJob(system, { name, tasks: [blocked()] });
  await untilRunning(system, jobId, 1);
  await cancelJob(system, jobId);
  return jobId;
}
