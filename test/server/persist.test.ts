/** How long the server repeats a write that fails. */
import { expect, test } from '@jest/globals';
import { persist } from '#server/attempts/persist';

/** A write that fails so often before it succeeds, and how often it was tried. */
function failing(failures: number, onTry: (tries: number) => void = () => {}) {
  const write = {
    tries: 0,
    async run() {
      write.tries += 1;
      onTry(write.tries);
      if (write.tries <= failures) throw new Error('the record could not be written');
    },
  };
  return write;
}

test('A write that fails is repeated until it succeeds', async () => {
  const write = failing(2);
  await persist(() => write.run(), new AbortController().signal);
  expect(write.tries).toBe(3);
});

test('A write that fails is no longer repeated when the server has ended', async () => {
  const end = new AbortController();
  const write = failing(4, (tries) => {
    if (tries === 2) end.abort();
  });
  await persist(() => write.run(), end.signal);
  expect(write.tries).toBe(2);
});
