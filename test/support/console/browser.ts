/** The browser of the tests of the console, and its pages. */
import { afterAll } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

const WAIT_LIMIT_MS = 60_000;

/** How a page is opened. */
export type Look = { readonly width?: number; readonly height?: number; readonly colorScheme?: 'light' | 'dark' };
/** A page, and what went wrong in it: faults of the console, and violations of the content security policy. */
export type Opened = { readonly page: Page; readonly faults: string[] };

let launching: Promise<Browser> | undefined;
afterAll(async () => {
  await (await launching)?.close();
});

/** A new page, with a session of its own. */
export async function openPage(url: string, { width = 1280, height = 900, colorScheme = 'light' }: Look = {}) {
  launching ??= launchChromium();
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
