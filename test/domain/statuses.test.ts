/** Each set of statuses is typed once, in `domain/statuses.ts`: a second list could be forgotten in a change. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ABORT_STATUSES, JOB_STATUSES, SERVER_STATUSES, TASK_STATUSES } from '#domain/statuses';

const ROOT = join(import.meta.dirname, '../..');
const NOUNS = [JOB_STATUSES, TASK_STATUSES, SERVER_STATUSES, ABORT_STATUSES];
const TABLES = ['domain/statuses.ts', 'domain/status-moves.ts'];

const files = ['domain', 'store', 'engine', 'functions', 'server', 'local', 'cdk'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${room}/${file}`),
);
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The lists of at least two statuses of one noun in a source: array literals and chains of comparisons. */
function statusLists(source: string): string[] {
  const literals = [...source.matchAll(/\[\s*('\w+'(?:,\s*'\w+')+),?\s*\]/g)].map(([, list = '']) => list);
  const comparisons = source.match(/[!=]== '\w+'(?: (?:\|\||&&) [\w.?]+ [!=]== '\w+')+/g) ?? [];
  return [...literals, ...comparisons]
    .map((list) => (list.match(/'\w+'/g) ?? []).map((text) => text.slice(1, -1)))
    .filter((list) => NOUNS.some((noun) => new Set(list).isSubsetOf(new Set<string>(noun))))
    .map((list) => list.sort().join(' '));
}

test.each([
  ["when: [{ attribute: 'status', in: ['Waiting', 'Executing'] }]", ['Executing Waiting']],
  ["if (job.status === 'Cancelling' || job.status === 'Cancelled') return;", ['Cancelled Cancelling']],
  ["const EXPECTATIONS = ['Finished', 'Error', 'FinishedOrError'] as const;", []],
  ["const FIRST = ['Ready'];", []],
])('the lists of statuses in %s are found', (source, lists) => {
  expect(statusLists(source)).toEqual(lists);
});

test('no file but the tables of statuses and moves has a list of statuses', () => {
  const found = files
    .filter((file) => !TABLES.includes(file))
    .flatMap((file) => statusLists(sourceOf(file)).map((list) => `${file}: ${list}`));
  expect(found).toEqual([]);
});

test('no list of statuses is typed twice', () => {
  const lists = TABLES.flatMap((file) => statusLists(sourceOf(file)));
  expect(lists.filter((list, index) => lists.indexOf(list) !== index)).toEqual([]);
});
