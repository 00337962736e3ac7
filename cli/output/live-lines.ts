/** Lines on stderr that follow something: replaced in place in a terminal, one dated line for each change in a pipe. */
import { stripVTControlCharacters } from 'node:util';
import { isLive, note } from './notes.ts';
import { dated } from './times.ts';

const UP_AND_CLEAR = (lines: number) => `\u001b[${lines}A\u001b[J`;

/** A block of lines. */
export class LiveLines {
  #shown: readonly string[] = [];
  #rows = 0;

  /** Shows these lines in place of those before. */
  show(lines: readonly string[]): void {
    if (isLive()) this.#replace(lines);
    else for (const line of lines.filter((each) => !this.#shown.includes(each))) note(dated(line));
    this.#shown = lines;
  }

  /** A line that stays above the block, which is shown again below it with the next `show`. */
  keep(line: string): void {
    this.#rows = 0;
    note(dated(line));
  }

  #replace(lines: readonly string[]): void {
    if (this.#rows > 0) process.stderr.write(UP_AND_CLEAR(this.#rows));
    for (const line of lines) note(line);
    const columns = process.stderr.columns || Number.POSITIVE_INFINITY;
    const rowsOf = (line: string) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
    this.#rows = lines.reduce((rows, line) => rows + rowsOf(line), 0);
  }
}
