/** The console on this machine, in front of the API. */
import { basename, join } from 'node:path';
import {
  CONFIG_PATH,
  CONSOLE_FOLDER,
  CONSOLE_PAGE,
  CONSOLE_PATHS,
  contentSecurityPolicy,
  HASHED_CACHE,
  HASHED_FILES,
  PAGE_CACHE,
  SECURITY_HEADERS,
} from '#functions/catalog/console';
import { distributionOf } from '#local/aws/cloudfront/distribution';

const ROOT = join(import.meta.dirname, '..', '..');
/** In the packed package this file lies in `dist` itself. */
const PACKAGE = basename(ROOT) === 'dist' ? join(ROOT, '..') : ROOT;

/** Serves the built files of the console by the same rules as on AWS. `issuers`: origins that sign users in. */
export function serveConsole(issuers: readonly string[]) {
  return distributionOf({
    folder: join(PACKAGE, CONSOLE_FOLDER),
    prefix: '/console',
    paths: CONSOLE_PATHS,
    except: [CONFIG_PATH],
    page: CONSOLE_PAGE,
    headersOf: (path) => ({
      ...SECURITY_HEADERS,
      'content-security-policy': contentSecurityPolicy(issuers),
      'cache-control': path.startsWith(HASHED_FILES) ? HASHED_CACHE : PAGE_CACHE,
    }),
  });
}
