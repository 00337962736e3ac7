/**
 * Takes the screenshots of the docs from a running system: `npm start -- --slots 3 --drain-seconds 120`, then
 * `npm run screenshots -- http://127.0.0.1:4000`. It submits jobs, and aborts one. The system
 * has two servers of three slots.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '#client/client';
import { launchChromium } from '#test/support/console/chromium';
import { issuedToken } from '#test/support/flows/client';

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2);
const IMAGES = join(import.meta.dirname, '..', '..', 'docs', 'images');

const WIDTH = 1280;
/** Of WebP, which takes less than half of a PNG: letters stay sharp. */
const QUALITY = 85;

const token = await issuedToken(url, 'alice', ['SystemAdministrator']);
const system = new Client({ url, token: () => token });
await system.call('PUT /features/{name}', { path: { name: 'EnhancedBatchAbort' }, body: { enabled: true } });
const report = await system.call('POST /jobs', {
  body: {
    name: 'Revenue report',
    tasks: [{ taskId: 'render', name: 'Render the report', handler: 'block', input: { seconds: 600 } }],
  },
});
// It takes one slot and payroll the other five, so payroll runs beside it.
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
    tasks: ['north', 'south', 'east', 'west', 'abroad'].map((taskId) => ({
      taskId,
      name: `Pay ${taskId}`,
      handler: 'sleep',
      input: { seconds: 75 },
    })),
  },
  { name: 'Statements', hold: true, tasks: [{ taskId: 'print', handler: 'echo' }] },
])
  await system.call('POST /jobs', { body: job });

const browser = await launchChromium();
const page = await browser.newPage({ baseURL: url, viewport: { width: WIDTH, height: 640 }, reducedMotion: 'reduce' });
const devtools = await page.context().newCDPSession(page);

await page.goto('/');
await page.getByLabel('Name').fill('alice');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('row', { name: /Revenue report.*Executing/ }).waitFor();
await page.getByRole('row', { name: /Ledger export.*2 of 2 ended/ }).waitFor();
await shoot('jobs');
// As high as the pages that follow: what stays at the top of a window would stand in the middle of a scrolled one.
await page.setViewportSize({ width: WIDTH, height: 1280 });
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
  .getByText(/^Waits for Pay .* of Payroll/)
  .first()
  .waitFor();
await page.getByText('now: 1 server').waitFor();
await shoot('drain');
await page.getByRole('heading', { name: 'Proof' }).waitFor({ timeout: 180_000 });
await shoot('proof');
await browser.close();

/** The whole page. Playwright itself takes no WebP. */
async function shoot(name: string): Promise<void> {
  const height = await page.evaluate('scrollTo(0, 0); document.documentElement.scrollHeight');
  const { data } = await devtools.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width: WIDTH, height: Number(height), scale: 1 },
  });
  writeFileSync(join(IMAGES, `${name}.webp`), Buffer.from(data, 'base64'));
}
