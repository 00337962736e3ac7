/**
 * Takes the screenshots of the docs from a running system: `npm start -- --slots 3 --drain-seconds 120`, then
 * `npm run screenshots -- http://127.0.0.1:4000`. It submits jobs, and aborts one.
 */
import { join } from 'node:path';
import { Client } from '#client/client';
import { launchChromium } from '#test/support/console/chromium';
import { issuedToken } from '#test/support/flows/client';

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2);
const IMAGES = join(import.meta.dirname, '..', '..', 'docs', 'images');

const token = await issuedToken(url, 'alice', ['SystemAdministrator']);
const system = new Client({ url, token: () => token });
await system.call('PUT /features/{name}', { path: { name: 'EnhancedBatchAbort' }, body: { enabled: true } });
for (const job of [
  {
    name: 'Ledger export',
    tasks: [
      { taskId: 'export', handler: 'echo' },
      { taskId: 'check', handler: 'fail' },
    ],
  },
  {
    name: 'Payroll',
    tasks: ['north', 'south', 'west'].map((taskId) => ({ taskId, handler: 'sleep', input: { seconds: 75 } })),
  },
  { name: 'Statements', hold: true, tasks: [{ taskId: 'print', handler: 'echo' }] },
])
  await system.call('POST /jobs', { body: job });
const report = await system.call('POST /jobs', {
  body: { name: 'Revenue report', tasks: [{ taskId: 'render', handler: 'block', input: { seconds: 600 } }] },
});

const browser = await launchChromium();
const page = await browser.newPage({ baseURL: url, viewport: { width: 1440, height: 640 }, reducedMotion: 'reduce' });
const shoot = (name: string) => page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: true });

await page.goto('/');
await page.getByLabel('Name').fill('alice');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('row', { name: /Revenue report.*Executing/ }).waitFor();
await page.getByRole('row', { name: /Ledger export.*2 of 2 ended/ }).waitFor();
await shoot('jobs');
// As high as the pages that follow: what stays at the top of a window would stand in the middle of a scrolled one.
await page.setViewportSize({ width: 1440, height: 1280 });
await page.goto(`/console/jobs/${report.jobId}`);
await page.getByRole('button', { name: 'Cancel the job' }).click();
await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
await page.locator('button:not([aria-disabled=true])', { hasText: 'Read the abort plan' }).click();
await page.getByRole('link', { name: 'Payroll' }).first().waitFor();
await page.getByLabel('Reason').fill('It blocks the closing');
await page.getByLabel(/^Type the name of the job/).fill('Revenue report');
await shoot('abort-plan');
await page.getByRole('button', { name: /^Abort and restart/ }).click();
await page
  .getByText(/; at the latest in /)
  .first()
  .waitFor();
await shoot('drain');
await page.getByRole('heading', { name: 'Proof' }).waitFor({ timeout: 180_000 });
await shoot('proof');
await browser.close();
