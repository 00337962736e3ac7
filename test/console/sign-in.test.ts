/** The console's sign-in at an OpenID Connect issuer, in a real browser: there and back, and again when it is over. */
import { expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { contentSecurityPolicy } from '#functions/catalog/console';
import { startIssuer } from '#test/support/client/oidc-issuer';
import { openPage } from '#test/support/console/browser';
import { tokenFor } from '#test/support/flows/client';
import { shareSystem } from '#test/support/flows/shared-system';
import { eventually } from '#test/support/flows/system';

const CLIENT = 'lastcall-console';
const DRAFT = 'name: Kept\ntasks:\n  - { taskId: a, handler: echo }\n';

/** A system on AWS names its issuer: to the page by its settings, and to the browser by its policy. */
async function nameIssuer(page: Page, issuer: string): Promise<void> {
  const signIn = { issuer, local: false, consoleClientId: CLIENT };
  // The page comes from the test, so the browser does not see that it is on this machine like the issuer.
  await page.context().grantPermissions(['local-network-access']);
  await page.route('**/console/config.json', (route) => route.fulfill({ json: { name: 'trial', colour: '', signIn } }));
  await page.route(/\/console\/(submit|\?.*)?$/, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), 'content-security-policy': contentSecurityPolicy([issuer]) };
    await route.fulfill({ response, headers });
  });
}

test('One signs in at the issuer, is renewed unseen, and signs in again on the same page with the same draft', async () => {
  const system = await shareSystem();
  const issuer = await startIssuer({
    clientId: CLIENT,
    accessToken: () => tokenFor(system.url, { user: 'ann', roles: ['BatchUser'], expiresInSeconds: 2 }),
  });
  const { page, faults } = await openPage(system.url);
  await nameIssuer(page, issuer.url);
  const dialog = (heading: string) => page.getByRole('dialog', { name: heading });
  const text = page.getByLabel('The job in YAML or JSON');
  const signInBy = async (asking: Locator) => {
    await asking.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'I am ann' }).click();
  };
  const dryRun = async () => {
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page
      .getByText(/Nothing was submitted\.|Your session has expired/)
      .first()
      .waitFor();
  };

  await page.goto('/console/submit');
  await signInBy(dialog('Sign in to Lastcall'));
  await text.fill(DRAFT);
  expect(issuer.grants[0]).toBe('authorization_code');
  await eventually(async () => {
    await dryRun();
    return issuer.grants.includes('refresh_token');
  });

  issuer.endSession();
  const expired = dialog('Your session has expired');
  await eventually(async () => {
    if (!(await expired.isVisible())) await dryRun();
    return await expired.isVisible();
  });
  expect(await text.inputValue()).toBe(DRAFT);
  await signInBy(expired);
  await expired.waitFor({ state: 'hidden' });
  await page.waitForURL('**/console/submit');
  expect(await text.inputValue()).toBe(DRAFT);
  await dryRun();
  expect(issuer.grants.filter((grant) => grant === 'authorization_code')).toHaveLength(2);
  expect(faults).toEqual([]);
});
