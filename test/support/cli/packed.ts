/** The package as npm packs it, unpacked where npm would; what it depends on is that of the repository. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from '@jest/globals';
import packageFile from '#package' with { type: 'json' };

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const MODULES = join(REPOSITORY, 'node_modules');
export const PACK_LIMIT_MS = 240_000;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export type Packed = {
  /** Where it is installed, in the `node_modules` of `user`. */
  readonly folder: string;
  /** The folder of a user that has installed it. */
  readonly user: string;
  /** The file that npm starts as `lastcall`. */
  readonly program: string;
};

/** Packs and installs it. npm itself packs, so that it has all that a release has; `npm ci` has built the console. */
export function installPackage(): Packed {
  const user = mkdtempSync(join(tmpdir(), 'lastcall-package-'));
  folders.push(user);
  const folder = join(user, 'node_modules', packageFile.name);
  const options = { cwd: REPOSITORY, timeout: PACK_LIMIT_MS };
  execFileSync('npm', ['run', '--silent', 'prepack'], options);
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', user], options);
  const unpack = `mkdir -p ${folder} && tar xzf *.tgz -C ${folder} --strip-components 1`;
  execFileSync('sh', ['-c', unpack], { cwd: user });
  for (const name of dependencies()) symlinkSync(join(MODULES, name), join(user, 'node_modules', name));
  return { folder, user, program: join(folder, packageFile.bin.lastcall) };
}

/** The Node of the machine, which may be older than that of the repository: the command line runs on any from 20 on. */
export function nodeOfMachine(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(MODULES));
  return folders.map((folder) => join(folder, 'node')).find(isProgram) ?? process.execPath;
}

/** Those that are installed: some are for other platforms. */
function dependencies(): string[] {
  const names = [...Object.keys(packageFile.dependencies), ...Object.keys(packageFile.optionalDependencies)];
  const folders = new Set(names.map((name) => (name.startsWith('@') ? name.slice(0, name.indexOf('/')) : name)));
  const there = readdirSync(MODULES);
  return [...folders].filter((name) => there.includes(name));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
