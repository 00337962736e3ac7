/** Workers under the content security policy: scripts of the console's own files only. */

const FILES = '/console/assets/';

/** The one policy that `functions/catalog/console.ts` allows. A browser without trusted types needs none. */
const policy = window.trustedTypes?.createPolicy('lastcall-worker', { createScriptURL: ownScript });

/** Starts a worker from the URL of one of the console's files. */
export function startWorker(url: string): Worker {
  return new Worker(trusted(url), { type: 'module' });
}

function ownScript(url: string): string {
  const { origin, pathname } = new URL(url, location.origin);
  if (origin !== location.origin || !pathname.startsWith(FILES))
    throw new TypeError(`${url} is no file of the console.`);
  return url;
}

/** The type of the browser's library does not know that a worker takes it. */
function trusted(url: string): string;
function trusted(url: string): unknown {
  return policy?.createScriptURL(url) ?? url;
}
