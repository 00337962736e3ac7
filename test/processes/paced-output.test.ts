/** What is left of reading at a pace when the writer has ended. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from '@jest/globals';

/** Reads a flood whose first chunk has to wait a minute, and kills it. */
const PROGRAM = `
  import { readPaced } from '#processes/paced-output';
  import { ProcessGroup } from '#processes/process-group';
  const flood = ProcessGroup.start({ argv: ['yes'], env: process.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const pace = { burstBytes: 1, bytesPerSecond: 1_000, writerEnd: flood.exit };
  readPaced(flood.leader.stdout, pace, () => flood.kill());`;
const LIMIT_MS = 30_000;

test('no wait for the pace keeps a process alive when the writer has ended', async () => {
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], { timeout: LIMIT_MS });
});
