/** A real Chromium for the tests of the console: an installed one, or else the one from npm. */
import { existsSync } from 'node:fs';
import { afterAll } from '@jest/globals';
import packaged from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

const INSTALLED = [
  process.env.LASTCALL_TEST_BROWSER ?? '',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** Of the packaged browser's flags: they make it another browser than the one that users have. */
const UNLIKE_USERS = ['--single-process', '--no-zygote', '--disable-web-security'];
const WAIT_LIMIT_MS = 20_000;

/** How a page is opened. */
export type Look = { readonly width?: number; readonly height?: number; readonly colorScheme?: 'light' | 'dark' };
/** A page, and what went wrong in it: faults of the console, and violations of the content security policy. */
export type Opened = { readonly page: Page; readonly faults: readonly string[] };

let launching: Promise<Browser> | undefined;
afterAll(async () => {
  await (await launching)?.close();
});

/** A new page, with a session of its own. */
export async function openPage(url: string, { width = 1280, height = 900, colorScheme = 'light' }: Look = {}) {
  launching ??= launch();
  const browser = await launching;
  const viewport = { width, height };
  const context = await browser.newContext({ baseURL: url, viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_LIMIT_MS);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('console', (message) => {
    // The browser logs each refusal, and each request while it is offline: the page shows these to its reader.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return { page, faults } satisfies Opened;
}

async function launch(): Promise<Browser> {
  const executablePath = INSTALLED.find((path) => path !== '' && existsSync(path));
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const args = packaged.args.filter((flag) => !UNLIKE_USERS.includes(flag));
  return chromium.launch({ executablePath: await packaged.executablePath(), args });
}
