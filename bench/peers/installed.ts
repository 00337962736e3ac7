import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A peer's package from this folder. It is no dependency of this project, and nothing is known of its types. */
export function installed(folder: string, name: string) {
  return createRequire(join(folder, 'package.json'))(name);
}
