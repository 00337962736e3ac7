/**
 * Measures the console on a running system, such as `npm start`: `npm run measure:console -- http://127.0.0.1:4000`. It
 * submits 1,000 jobs on hold, a job of 10,000 tasks and a graph of 200, and prints how long the first rows take and the
 * longest task of the page's thread while pages refresh.
 */
import { Client, type Request } from '#client/client';
import { launchChromium } from '#test/support/console/chromium';
import { issuedToken } from '#test/support/flows/client';

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2);
const JOBS = 1_000;
const JOBS_AT_ONCE = 20;
const WATCH_MS = 15_000;

const token = await issuedToken(url, 'alice', ['SystemAdministrator']);
const system = new Client({ url, token: () => token });
const submit = (body: Request<'POST /jobs'>['body']) => system.call('POST /jobs', { body });
const hold = { hold: true, tasks: [{ handler: 'echo' }] };
for (let count = 0; count < JOBS; count += JOBS_AT_ONCE)
  await Promise.all(
    Array.from({ length: JOBS_AT_ONCE }, (_, index) => submit({ ...hold, name: `Job ${count + index}` })),
  );
const large = await submit({
  name: 'Large',
  hold: true,
  tasks: Array.from({ length: 10_000 }, () => ({ handler: 'echo' })),
});
const graph = await submit({
  name: 'Graph',
  hold: true,
  tasks: Array.from({ length: 200 }, (_, index) => ({
    taskId: `t${index}`,
    handler: 'echo',
    ...(index < 10 ? {} : { dependsOn: [{ taskId: `t${index - 10}`, expected: 'Finished' }] }),
  })),
});

const browser = await launchChromium();
const page = await browser.newPage({ baseURL: url, viewport: { width: 1280, height: 860 } });
// A long task takes 50 ms or more of the page's thread (W3C, "Long Tasks API").
await page.addInitScript(() => {
  const longest = { ms: 0 };
  Object.assign(globalThis, { longest });
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest.ms = Math.max(longest.ms, duration);
  });
  // The types are Node's, which has no such entries.
  Reflect.apply(observer.observe, observer, [{ type: 'longtask' }]);
});
await page.goto('/');
await page.getByLabel('Name').fill('alice');
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('row').nth(40).waitFor();

for (const [name, path, sign] of [
  ['list of 1,000 jobs', '/console/jobs', 'tbody tr:nth-child(40)'],
  ['job of 10,000 tasks', `/console/jobs/${large.jobId}`, 'tbody tr:nth-child(40)'],
  ['graph of 200 tasks', `/console/jobs/${graph.jobId}/graph`, 'svg a[data-task=t199]'],
] as const) {
  const begun = performance.now();
  await page.goto(path);
  await page.locator(sign).waitFor();
  const ms = Math.round(performance.now() - begun);
  await page.evaluate('longest.ms = 0');
  await page.waitForTimeout(WATCH_MS);
  console.log(
    `${name}: shown after ${ms} ms; longest task in ${WATCH_MS / 1000} s: ${await page.evaluate('longest.ms')} ms`,
  );
}
await browser.close();
