/** The schema of job files, as it is served and as it is kept in the documentation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describeJobFile } from '#functions/job-schema';
import { startFunctions } from '#test/support/functions/functions';

const KEPT = join(import.meta.dirname, '..', '..', 'docs', 'job.schema.json');
const { call } = await startFunctions();
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const isJob = ajv.compile(describeJobFile());
const job = { name: 'a', tasks: [{ handler: 'echo' }] };

test('Anyone reads the schema of a job file', async () => {
  const { status, body } = await call('GET /job.schema.json', { as: 'nobody' });
  expect([status, body]).toEqual([200, describeJobFile()]);
});

// LASTCALL_WRITE=1 npm run jest -- test/functions/job-schema && npm run format
test('The documentation keeps this schema', () => {
  if (process.env.LASTCALL_WRITE) writeFileSync(KEPT, JSON.stringify(describeJobFile()));
  expect(JSON.parse(readFileSync(KEPT, 'utf8'))).toEqual(describeJobFile());
});

test.each([
  ['a job', job],
  ['a job that names its schema', { $schema: './job.schema.json', ...job }],
  ['a name with a line break', { ...job, name: 'a\nb' }],
  ['a handler that begins with a dot', { ...job, tasks: [{ handler: '.echo' }, { handler: '...' }] }],
])('The schema takes %s', (_what, value) => {
  expect(isJob(value)).toBe(true);
});

test.each([
  ['a job without tasks', { name: 'a' }],
  ['an unknown field', { ...job, colour: 'red' }],
  ['a name with a control character', { ...job, name: 'a\u0000' }],
  ['a name with a control character of the second block', { ...job, name: 'a\u0085' }],
  ['a handler that no URL can reach', { ...job, tasks: [{ handler: '..' }] }],
  ['a start time that is none', { ...job, startAt: 'tomorrow' }],
])('The schema refuses %s', (_what, value) => {
  expect(isJob(value)).toBe(false);
});
