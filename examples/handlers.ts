/**
 * Your own handlers: `npm start -- --handlers examples/handlers.ts` starts servers that have these too.
 * `docs/handlers.md` is the guide.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { defineCommand, defineHandler, z } from 'lastcall/sdk';

/** Prints page by page. Between two pages is a safe point: there a cancelled attempt ends early, with whole pages. */
const printReport = defineHandler({
  name: 'report.print',
  input: z.strictObject({
    pages: z.int().min(1).max(10_000),
    secondsPerPage: z.number().min(0).max(60).default(0.01),
  }),
  async run({ pages, secondsPerPage }, { signal, log }) {
    for (let page = 1; page <= pages; page += 1) {
      // If the server stops, it goes on: a report that was cut short would count as finished.
      if (signal.aborted && signal.reason.name === 'Cancelling') return { printed: page - 1, complete: false };
      await sleep(secondsPerPage * 1000);
      log('Printed a page.', { page, pages });
    }
    return { printed: pages, complete: true };
  },
});

/** Works in native code, which only the end of its process interrupts: in its own process, an abort ends it at once. */
const compressReport = defineHandler({
  name: 'report.compress',
  isolation: 'process',
  input: z.strictObject({ text: z.string() }),
  run: ({ text }) => ({ characters: text.length, compressedBytes: gzipSync(text).byteLength }),
});

/** A program in another language: it reads the input as JSON from stdin and writes the result as JSON to stdout. */
const measureReport = defineCommand({
  name: 'report.measure',
  command: ['sh', '-c', 'printf \'{"job": "%s", "inputBytes": %d}\' "$LASTCALL_JOB_ID" "$(wc -c)"'],
});

export default [printReport, compressReport, measureReport];
