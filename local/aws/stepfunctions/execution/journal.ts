import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { historyEventSchema } from '#local/aws/stepfunctions/history';

const MAX_QUOTED_CHARACTERS = 200;

/** The first line: all that a resume needs, with the definition the execution started with. */
const headerSchema = z.object({
  stateMachine: z.string(),
  name: z.string(),
  input: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  definition: z.string(),
});
/** What a resume needs to start an execution again. */
export type Header = z.infer<typeof headerSchema>;

/** A decision or an event. The key names its place in the execution and is unique. */
const lineSchema = z.object({ key: z.string(), value: z.unknown().optional(), event: historyEventSchema.optional() });
/** One line of a journal after the header. */
export type Line = z.infer<typeof lineSchema>;

/** A journal with a line that cannot be read. */
class WrongJournal extends Error {
  override readonly name = 'WrongJournal';

  constructor(file: string, line: string, cause: unknown) {
    const start = line.slice(0, MAX_QUOTED_CHARACTERS);
    super(`The journal ${file} has a line that cannot be read: ${start}. Remove the file to continue.`, { cause });
  }
}

/** The append-only file of one execution, in JSON lines. A line counts once its line feed is written. */
export class Journal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Appends before it returns. The line survives the process but not the machine: there is no fsync. */
  append(line: Header | Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** Deletes the file. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }
}

/** Creates the journal of a new execution, and the directory when it is missing. */
export function createJournal(directory: string, header: Header): Journal {
  mkdirSync(directory, { recursive: true });
  const journal = new Journal(join(directory, `${String(header.startedAt).padStart(15, '0')}-${randomUUID()}.jsonl`));
  journal.append(header);
  return journal;
}

type Kept = { readonly header: Header; readonly lines: readonly Line[]; readonly journal: Journal };

/**
 * Reads all journals, the oldest first. Cuts off a torn last line: the process died while writing it. Removes a journal
 * whose first line is torn: its start was never reported to a caller.
 * @throws WrongJournal for any other line that cannot be read
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
    log(`The journal ${file} ended in a torn line, which has been cut off.`);
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
    throw new WrongJournal(file, line, error);
  }
}
