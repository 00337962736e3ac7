/** Every page of the console for everyone: axe finds nothing serious, in both themes and on a narrow screen. */
import { AxeBuilder } from '@axe-core/playwright';
import { beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openPage } from '#test/support/console/browser';
import { fillSignIn, signIn } from '#test/support/console/operator';
import { abortJob, switchFeature, untilEnded } from '#test/support/flows/aborts';
import { cancelJob, submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { type System, startSystem } from '#test/support/flows/system';

const LOOKS = [
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
  { width: 320, height: 640, colorScheme: 'light' },
] as const;

let system: System;
/** Paths, each with a text that shows when the page is there. */
let pages: readonly (readonly [path: string, sign: RegExp])[];
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '2', '--slots', '6'] });
  await switchFeature(system, true);
  const ended = await cancelled('Ended');
  const { abortId } = await abortJob(system, ended);
  await untilEnded(system, abortId);
  const beside = await submitJob(system, {
    name: 'Beside',
    tasks: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
      taskId: `nap-${number}`,
      handler: 'sleep',
      input: { seconds: 600 },
    })),
  });
  await untilRunning(system, beside.jobId, 8);
  const graph = await submitJob(system, {
    name: 'Graph',
    tasks: [
      { taskId: 'first', handler: 'fail' },
      { taskId: 'second', handler: 'echo', dependsOn: [{ taskId: 'first', expected: 'Finished' }] },
    ],
  });
  await untilFinal(system, graph.jobId, 20_000);
  const hanging = await cancelled('Hanging');
  const live = await abortJob(system, await cancelled('Live'));
  pages = [
    ['/console/jobs', /Act on 0 selected/],
    ['/console/submit', /Add a task with the handler/],
    [`/console/jobs/${beside.jobId}`, /Stop this job/],
    [`/console/jobs/${graph.jobId}/graph`, /The same in a list/],
    [`/console/jobs/${graph.jobId}/graph?task=first`, /1 task around first/],
    [`/console/jobs/${graph.jobId}/timeline`, /Job submitted/],
    [`/console/jobs/${graph.jobId}/raw`, /Copy/],
    [`/console/jobs/${graph.jobId}/tasks?task=first`, /Stacks/],
    [`/console/jobs/${hanging}/abort`, /Confirm/],
    [`/console/aborts/${abortId}`, /Proof/],
    [`/console/aborts/${live.abortId}`, /at the latest in/],
    ['/console/aborts', /restart of servers/],
    ['/console/servers', /Last heartbeat/],
    ['/console/groups', /Default priority/],
    ['/console/audit', /Job submitted/],
    ['/console/features', /EnhancedBatchAbort/],
  ];
});

test('No page has a serious finding, in either theme or on a narrow screen', async () => {
  const { page, faults } = await signIn(system.url);
  for (const [path, sign] of pages) {
    await page.goto(path);
    await page.getByText(sign).first().waitFor();
    for (const { width, height, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.getByText(sign).first().waitFor();
      // The page hears of the change a moment later.
      const state = colorScheme === 'dark' ? 'attached' : 'detached';
      await page.locator('body.awsui-dark-mode').waitFor({ state });
      const found = { findings: await findingsOn(page), overflow: await overflowOf(page), spilt: await spiltOn(page) };
      expect({ path, width, colorScheme, ...found }).toMatchObject({ findings: [], overflow: 0, spilt: [] });
    }
  }
  expect(faults).toEqual([]);
});

test('The sign-in and the dialogs have no serious finding, and work by keyboard alone', async () => {
  const { page, faults } = await openPage(system.url);
  await page.goto('/');
  await page.getByRole('dialog').waitFor();
  expect(await findingsOn(page)).toEqual([]);
  await fillSignIn(page, { name: 'alice', role: 'BatchJobManager' });
  await page.getByText('Act on 0 selected').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  expect(await findingsOn(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Act on all found' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Cancel' }).press('Enter');
  await page.getByRole('dialog', { name: /^Cancel: / }).waitFor();
  await page.getByText('can be done').waitFor();
  expect(await findingsOn(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: /^Servers/ }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await page.getByRole('link', { name: 'Live' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /^Live/ }).waitFor();
  expect(faults).toEqual([]);
});

/** A cancelled job with a task that is blocked in native code. */
async function cancelled(name: string): Promise<string> {
  const { jobId } = await submitJob(system, {
    name,
    tasks: [{ taskId: 'hang', handler: 'block', input: { seconds: 600 } }],
  });
  await untilRunning(system, jobId, 1);
  await cancelJob(system, jobId);
  return jobId;
}

async function findingsOn(page: Page) {
  // Without frames, and without a full report of what passes: both take longer than the check.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'], preload: false })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`);
}

/** By how many pixels the page is wider than its window. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate('Math.max(0, document.documentElement.scrollWidth - window.innerWidth)');
}

/** The labels and values that are wider than their place. */
function spiltOn(page: Page): Promise<string[]> {
  return page.evaluate(
    "[...document.querySelectorAll('dt, dd')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)",
  );
}
