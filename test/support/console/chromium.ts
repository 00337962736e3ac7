/** A real Chromium: an installed one, or else the one from npm. Programs and tests start it here. */
import { existsSync } from 'node:fs';
import packaged from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = [
  process.env.LASTCALL_TEST_BROWSER ?? '',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/**
 * Of the packaged browser's flags. The first three make it another browser than the one that users have; with the others
 * the processor plays a graphics card, which takes as long as all the rest of a page.
 */
const UNWANTED = [
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--ignore-gpu-blocklist',
  '--in-process-gpu',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/** Starts it, without a window. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = INSTALLED.find((path) => path !== '' && existsSync(path));
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const args = packaged.args.filter((flag) => !UNWANTED.includes(flag)).concat('--disable-gpu');
  return chromium.launch({ executablePath: await packaged.executablePath(), args });
}
