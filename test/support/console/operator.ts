/** What people do in the console, by what they see there. */
import type { Page } from 'playwright-core';
import type { Role } from '#domain/roles';
import { type Look, type Opened, openPage } from './browser.ts';

type Person = { readonly name?: string; readonly role?: Role; readonly path?: string; readonly look?: Look };

/** Opens the console, and signs in as local mode lets anyone. */
export async function signIn(
  url: string,
  { name = 'alice', role = 'BatchJobManager', path = '/', look = {} }: Person = {},
): Promise<Opened> {
  const opened = await openPage(url, look);
  await opened.page.goto(path);
  await fillSignIn(opened.page, { name, role });
  return opened;
}

/** Fills in the dialog that asks who one is. */
export async function fillSignIn(page: Page, { name, role }: Required<Pick<Person, 'name' | 'role'>>): Promise<void> {
  const dialog = page.getByRole('dialog', { name: /^(Sign in|Your session)/ });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('radio', { name: role }).check();
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Cancels the job whose page is open. */
export async function cancelHere(page: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Cancel the job' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Cancel the job' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Opens the plan of the job whose page is open; `step` is that of the ladder. */
export async function openPlan(page: Page): Promise<void> {
  await page.locator('button:not([aria-disabled=true])', { hasText: 'Read the abort plan' }).click();
  await page.getByRole('heading', { name: 'Confirm' }).waitFor();
}

/** Confirms the plan that is open, with the name of the job where it is asked for. */
export async function confirmHere(page: Page, { reason, jobName }: { reason: string; jobName: string }): Promise<void> {
  await page.getByLabel('Reason').fill(reason);
  const name = page.getByLabel(/^Type the name of the job/);
  if ((await name.count()) > 0) await name.fill(jobName);
  await page.getByRole('button', { name: /^Abort/ }).click();
}
