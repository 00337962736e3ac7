/** How the console is served, as data for both hosts: CloudFront and S3 on AWS, the same rules on one machine. */

/** The folder of the built files, from the root of the package. */
export const CONSOLE_FOLDER = 'dist/console';

/** Paths that are files of the console; everything else is the API's. The first that fits counts. */
export const CONSOLE_PATHS = ['/', '/console', '/console/*'] as const;

/** A path below the console that belongs to the API. */
export const CONFIG_PATH = '/console/config.json';

/** The page for each path that names no file: the console reads the path itself. */
export const CONSOLE_PAGE = '/console/index.html';

/** Nothing from outside, nothing inline, no script from text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lastcall-worker',
] as const;

/**
 * The content security policy. `issuers`: the origins of other issuers that the page asks for tokens.
 * Source: https://www.w3.org/TR/CSP3/
 */
export function contentSecurityPolicy(issuers: readonly string[] = []): string {
  return [...CONTENT_SECURITY_POLICY, `connect-src ${["'self'", ...issuers].join(' ')}`].join('; ');
}

/** The other security headers of each file. */
export const SECURITY_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Files below this folder have a hash in their names, so they never change. */
export const HASHED_FILES = '/console/assets/';
export const HASHED_CACHE = 'public, max-age=31536000, immutable';
export const PAGE_CACHE = 'no-cache';
