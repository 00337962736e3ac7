/** The house keeps its arrows: who may import whom, no file that nobody uses, a complete catalog. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CATALOG, folderOf } from '#functions/catalog';

const ROOT = join(import.meta.dirname, '..');
/** Which rooms a room may import, and from which files of them where that is limited. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  store: ['domain', 'store'],
  functions: ['domain', 'store', 'functions', 'package'],
  server: ['domain', 'store', 'server'],
  statemachines: ['domain/limits', 'functions/catalog'],
  local: ['domain', 'local', 'functions/catalog', 'statemachines/definitions', 'store/schema', 'package'],
  bench: ['domain', 'store', 'server/candidates', 'local', 'bench'],
  cdk: [
    'domain/limits',
    'domain/names',
    'domain/roles',
    'cdk',
    'functions/catalog',
    'statemachines/definitions',
    'store/schema',
  ],
};

const filesOf = (room: string) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${room}/${file}`);
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const importsOf = (file: string) =>
  [...sourceOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name);
const ROOMS = Object.keys(ARROWS);

describe.each(ROOMS)('the room %s', (room) => {
  test('imports only what its arrows allow', () => {
    const forbidden = filesOf(room).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('#') || name.startsWith('../'))
        .filter(
          (name) => !(ARROWS[room] ?? []).some((allowed) => name === `#${allowed}` || name.startsWith(`#${allowed}/`)),
        )
        .map((name) => `${file} -> ${name}`),
    );
    expect(forbidden).toEqual([]);
  });

  test('has no any, no non-null assertion hidden behind a type, and no default export', () => {
    const found = filesOf(room).filter((file) =>
      /\bas (?!const\b)[A-Z]|: any\b|export default/.test(
        sourceOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*|import[^;]*;/g, ''),
      ),
    );
    expect(found).toEqual([]);
  });
});

test('the domain imports zod alone', () => {
  const others = filesOf('domain').flatMap((file) =>
    importsOf(file).filter((name) => !name.startsWith('./') && name !== 'zod'),
  );
  expect(others).toEqual([]);
});

test('each entry of the catalog has its file, and each function is in the catalog', () => {
  const expected = CATALOG.map((entry) => `functions/${folderOf(entry)}/${entry.name}.ts`).sort();
  const there = ['http', 'steps', 'schedules', 'events'].flatMap((folder) => filesOf(`functions/${folder}`)).sort();
  expect(there).toEqual(expected);
});

test('each function of the catalog is driven by a test that compares its touches', () => {
  const tests = filesOf('test/functions').filter((file) => file.endsWith('.test.ts'));
  const compared = tests.flatMap((file) => sourceOf(file).match(/testTouches\([^)]*\)/g) ?? []).join();
  expect(CATALOG.map(({ name }) => name).filter((name) => !compared.includes(`'${name}'`))).toEqual([]);
});

test('each file of a room is used by another one', () => {
  const all = [...ROOMS, 'test', 'bin', 'examples'].flatMap((room) =>
    existsSync(join(ROOT, room)) ? filesOf(room) : [],
  );
  const mentioned = [...all, 'bin/lastcall.js', 'package.json'].map((file) => ({ file, text: sourceOf(file) }));
  const entries = new Set(CATALOG.map((entry) => `functions/${folderOf(entry)}/${entry.name}.ts`));
  const dead = ROOMS.flatMap(filesOf).filter((file) => {
    const name = file.slice(file.lastIndexOf('/') + 1, -'.ts'.length);
    const used = mentioned.some(
      (other) => other.file !== file && new RegExp(`[/']${name}(\\.ts)?['"]`).test(other.text),
    );
    return !used && !entries.has(file);
  });
  expect(dead).toEqual([]);
});
