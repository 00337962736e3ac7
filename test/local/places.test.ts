import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Closing } from '#local/closing';
import { openPlaces } from '#local/places';

const directory = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the data directory is made with its parents, and may exist already', async () => {
  const data = join(directory, 'a', 'b');
  for (let time = 0; time < 2; time += 1) {
    const closing = new Closing();
    const { kept } = await openPlaces(data, closing);
    expect(existsSync(kept?.executionsDirectory ?? '')).toBe(true);
    await closing.close();
  }
});

test('a directory that cannot be made fails at once', async () => {
  for (const data of ['/proc/lastcall', join(import.meta.filename, 'inside')])
    await expect(openPlaces(data, new Closing())).rejects.toThrow(
      `The directory ${data} for the records cannot be made`,
    );
});
