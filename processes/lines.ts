/** Splits the output of a program into lines. */
import type { Readable } from 'node:stream';

const MAX_LINE_CHARACTERS = 16 * 1024;

/** Calls `onLine` for each line of UTF-8 text, without its line end. Splits a line longer than MAX_LINE_CHARACTERS. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
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
