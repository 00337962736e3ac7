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
/** Of the packaged browser's flags: they make it another browser than the one that users have. */
const UNLIKE_USERS = ['--single-process', '--no-zygote', '--disable-web-security'];

/** Starts it, without a window. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = INSTALLED.find((path) => path !== '' && existsSync(path));
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const args = packaged.args.filter((flag) => !UNLIKE_USERS.includes(flag));
  return chromium.launch({ executablePath: await packaged.executablePath(), args });
}
