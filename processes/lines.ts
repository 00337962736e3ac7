/** Splits the output of a program into lines. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { readPaced } from './paced-output.ts';

const MAX_LINE_CHARACTERS = 16 * 1024;
/** The lines of a program that floods its output must not fill this process, nor its reader. */
const PACE = { burstBytes: 2 ** 20, bytesPerSecond: 2 ** 20 };

/** Calls `onLine` for each line of UTF-8 text, without its line end. Splits a line longer than MAX_LINE_CHARACTERS. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  readPaced(stream, PACE, (chunk) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length <= MAX_LINE_CHARACTERS) return;
    onLine(rest);
    rest = '';
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
