import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { historyEventSchema } from '#local/aws/stepfunctions/history';

/** The first line: all that an execution needs to go on, its definition included, whatever has changed since. */
const headerSchema = z.object({
  stateMachine: z.string(),
  name: z.string(),
  input: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  definition: z.string(),
});
export type Header = z.infer<typeof headerSchema>;

/** Something that was decided or has happened: its key says where in the execution, and is unique in it. */
const lineSchema = z.object({ key: z.string(), value: z.unknown().optional(), event: historyEventSchema.optional() });
export type Line = z.infer<typeof lineSchema>;

/** The append-only file of one execution, one JSON line each. A line counts once it is whole, its line feed included. */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Appends before it returns; what was appended outlives the process (not the machine: there is no fsync). */
  append(line: Header | Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}

/** Creates the journal of a new execution; the directory is made when missing. */
export function createJournal(directory: string, header: Header): Journal {
  mkdirSync(directory, { recursive: true });
  const journal = new Journal(join(directory, `${String(header.startedAt).padStart(15, '0')}-${randomUUID()}.jsonl`));
  journal.append(header);
  return journal;
}

type Kept = { readonly header: Header; readonly lines: readonly Line[]; readonly journal: Journal };

/**
 * Reads all journals, oldest first. A torn last line (the process died in it) is cut off; a journal that ends
 * in its first line is of an execution that nobody was told of, and is removed. Throws on a line that is wrong otherwise.
 */
export function readJournals(directory: string, log: (line: string) => void): Kept[] {
  mkdirSync(directory, { recursive: true });
  const names = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  return names.sort().flatMap((name) => readJournal(join(directory, name), log) ?? []);
}

function readJournal(file: string, log: (line: string) => void): Kept | undefined {
  const bytes = readFileSync(file);
  const length = bytes.lastIndexOf('\n') + 1;
  if (length < bytes.length) {
    truncateSync(file, length);
    log(`The journal ${file} ended in a torn line, which was cut off.`);
  }
  const journal = new Journal(file);
  const [first, ...rest] = bytes.subarray(0, length).toString().split('\n').slice(0, -1);
  if (first === undefined) {
    journal.remove();
    return undefined;
  }
  return {
    header: parseLine(file, first, headerSchema),
    lines: rest.map((line) => parseLine(file, line, lineSchema)),
    journal,
  };
}

function parseLine<T>(file: string, line: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(
      `The journal ${file} has a line that cannot be read: ${line.slice(0, 200)}. Remove the file to go on.`,
      {
        cause: error,
      },
    );
  }
}
