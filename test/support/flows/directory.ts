/** A directory for what a suite writes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** Makes a directory of that name, and removes it with all that is in it when the suite's tests have ended. */
export function makeDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
