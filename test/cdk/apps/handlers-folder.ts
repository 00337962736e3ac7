/** A folder of handlers becomes part of the image: here the image is laid out as its Dockerfile says, and used. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withHandlers } from '#cdk/fleet/handlers-folder';
import { loadHandlers } from '#server/handlers/load';
import { synthesisOf } from '#test/support/cdk/apps';
import { run } from '#test/support/cdk/synthesis';

const BASE = `node:24-slim@sha256:${'0'.repeat(64)}`;
const root = mkdtempSync(join(tmpdir(), 'handlers-folder-'));
const folder = join(root, 'ours');
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

mkdirSync(join(folder, 'greeting'), { recursive: true });
mkdirSync(join(folder, 'node_modules', 'stale'), { recursive: true });
write('greeting/package.json', JSON.stringify({ name: 'greeting', version: '1.0.0', type: 'module', main: 'main.js' }));
write('greeting/main.js', `export const greeting = 'Hello';`);
write('package.json', JSON.stringify({ type: 'module', dependencies: { greeting: 'file:greeting' } }));
write(
  'main.ts',
  `import { greeting } from 'greeting';
   export default [{ name: 'greet', run: ({ who }: { who: string }) => \`\${greeting}, \${who}\` }];`,
);
await install('install');
const lastcall = { handlersFolder: folder, handlersFile: 'main.ts', baseImage: BASE };
const synthesis = synthesisOf({ context: { lastcall } });

let context: string;
beforeAll(() => {
  const assets = readdirSync(synthesis.directory).filter((name) => name.startsWith('asset.'));
  const found = assets.find((name) => existsSync(join(synthesis.directory, name, 'handlers')));
  context = join(synthesis.directory, found ?? 'no asset has handlers');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs npm as the image does, with packages from this machine only. */
async function install(command: 'install' | 'ci', directory = folder): Promise<void> {
  const npm = ['npm', command, '--omit=dev', '--no-audit', '--no-fund', '--offline', '--cache', join(root, 'cache')];
  await run(npm, { PATH: process.env.PATH ?? '', HOME: root }, directory);
}

test('the folder is in the context of the image, without what is installed here', () => {
  expect(readdirSync(join(context, 'handlers')).sort()).toEqual([
    'greeting',
    'main.ts',
    'package-lock.json',
    'package.json',
  ]);
  expect(readdirSync(context)).toEqual(expect.arrayContaining(['server', 'store', 'package.json']));
});

test('the image installs its packages before it adds its code, all before it leaves root', () => {
  const lines = readFileSync(join(context, 'server', 'Dockerfile'), 'utf8').split('\n');
  const places = [
    'COPY handlers/package.json handlers/package-lock.json ./handlers/',
    'RUN cd handlers && npm ci --omit=dev --no-audit --no-fund',
    'COPY handlers ./handlers',
    'USER node',
  ].map((line) => lines.indexOf(line));
  expect(places[0]).toBeGreaterThan(lines.indexOf('COPY server ./server'));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('a server loads the handlers by the path of its variable, with their packages', async () => {
  const [definition] = synthesis.resources('AWS::ECS::TaskDefinition');
  expect(JSON.stringify(definition?.properties)).toContain(
    '{"Name":"LASTCALL_HANDLERS","Value":"/app/handlers/main.ts"}',
  );
  await install('ci', join(context, 'handlers'));
  const handlers = await loadHandlers(join(context, 'handlers', 'main.ts'));
  expect(handlers.has('greet')).toBe(true);
});

test('the image begins from the base of the settings, by its digest', () => {
  expect(readFileSync(join(context, 'server', 'Dockerfile'), 'utf8')).toMatch(
    /^ARG BASE=.*@sha256:[0-9a-f]{64}\nFROM \$\{BASE\}$/m,
  );
  const assets = readdirSync(synthesis.directory).filter((name) => name.endsWith('-fleet.assets.json'));
  expect(readFileSync(join(synthesis.directory, assets[0] ?? ''), 'utf8')).toContain(BASE);
});

test('a folder without a lock file is refused, and one that does not exist', () => {
  rmSync(join(folder, 'package-lock.json'));
  const make = (handlersFolder: string) => () => withHandlers({ server: [], handlersFolder }, () => 'an image');
  expect(make(folder)).toThrow(/no package-lock.json; run npm install there/);
  expect(make(join(root, 'missing'))).toThrow(/there is no .*missing/);
});
