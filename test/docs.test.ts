/** The docs name only what exists: files, headings, commands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import packageFile from '#package' with { type: 'json' };
import { ROOMS } from '#test/support/house/arrows';
import { CROOKED } from '#test/support/house/english';

const ROOT = dirname(import.meta.dirname);
const PAGES = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
const DOCS = ['README.md', 'CHANGELOG.md', ...PAGES.map((file) => `docs/${file}`)];
const FOLDERS = [...ROOMS, 'test', 'docs', 'examples', 'bin'];
const MAX_COLUMNS = 140;

const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The links of a text to files of the repository, such as `jobs.md#figures`. */
const linksIn = (text: string) =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !link.startsWith('https:'));

/** The paths in a text that begin with a folder of the repository; placeholders and patterns are left out. */
const pathsIn = (text: string) =>
  [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => FOLDERS.some((folder) => path.startsWith(`${folder}/`)) && !/[<>*{}$]/.test(path));

/** The scripts that a text runs by npm. */
const scriptsIn = (text: string) => [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script = '']) => script);

/** The anchors of a text's headings, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

function isMissing(link: string, file: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
}

describe.each(DOCS)('%s', (file) => {
  const text = textOf(file);
  const lines = text.split('\n').map((line, index) => ({ at: `${file}:${index + 1}`, line }));

  test('links only to files and headings that exist', () => {
    expect(linksIn(text).filter((link) => isMissing(link, file))).toEqual([]);
  });

  test('names only files that exist', () => {
    expect(pathsIn(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('runs only scripts that exist', () => {
    expect(scriptsIn(text).filter((script) => !(script in packageFile.scripts))).toEqual([]);
  });

  test('is plain English', () => {
    expect(lines.filter(({ line }) => CROOKED.test(line))).toEqual([]);
  });

  test(`keeps its text within ${MAX_COLUMNS} columns`, () => {
    expect(lines.filter(({ line }) => line.length > MAX_COLUMNS && !line.startsWith('|'))).toEqual([]);
  });
});

test('a missing file, heading, path or script is found', () => {
  const text = 'See [this](docs/none.md), [that](docs/jobs.md#none), `store/none.ts`, `npm run none`.';
  expect(linksIn(text).filter((link) => isMissing(link, 'README.md'))).toEqual(['docs/none.md', 'docs/jobs.md#none']);
  expect(pathsIn(text)).toEqual(['store/none.ts']);
  expect(scriptsIn(text)).toEqual(['none']);
});
