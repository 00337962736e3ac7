/** Where the issuer sends the user back to, by the settings of its client. */
export const REDIRECT_PATH = '/console/';

/** Whether this page is the return from the issuer. */
export function isReturn(): boolean {
  return location.pathname === REDIRECT_PATH && new URLSearchParams(location.search).has('state');
}
