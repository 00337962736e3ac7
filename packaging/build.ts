/**
 * Builds `dist/`, which is what the npm package has: JavaScript and types of each source, because Node strips no types
 * below `node_modules`. It has the repository's folders, and a package.json of its own that maps its imports.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '#package' with { type: 'json' };

const REPOSITORY = join(import.meta.dirname, '..');
const DIST = join(REPOSITORY, 'dist');

// The console is built by itself, and may be served while this runs.
for (const name of existsSync(DIST) ? readdirSync(DIST) : [])
  if (name !== 'console') rmSync(join(DIST, name), { recursive: true });
const compiler = join(REPOSITORY, 'node_modules', '.bin', 'tsc');
const { status } = spawnSync(compiler, ['--project', 'packaging'], { cwd: REPOSITORY, stdio: 'inherit' });
if (status !== 0) process.exit(1);
// The lock goes with the image of the servers, which installs its packages by it.
for (const file of ['package-lock.json', ...globSync('statemachines/*.asl.json', { cwd: REPOSITORY })])
  copyFileSync(join(REPOSITORY, file), join(DIST, file));
writeFileSync(join(DIST, 'server', 'Dockerfile'), asJavaScript(textOf('server/Dockerfile')));
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(manifestOfDist(), null, 2)}\n`);

function textOf(file: string): string {
  return readFileSync(join(REPOSITORY, file), 'utf8');
}

function asJavaScript(text: string): string {
  return text.replaceAll('.ts', '.js');
}

/** Without what is about the repository, and with its imports as JavaScript. */
function manifestOfDist() {
  const { scripts: _scripts, bin: _bin, exports: _exports, files: _files, imports, ...rest } = manifest;
  return { ...rest, imports: JSON.parse(asJavaScript(JSON.stringify(imports))) };
}
