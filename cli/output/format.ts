/** The formats of `--output`. Data goes to stdout, and nothing else does. */
import { wrongUse } from '#cli/exit-codes';
import { isObject } from '#cli/state/json-file';

export const FORMATS = ['table', 'json', 'jsonl', 'yaml'] as const;
/** How data is printed: for people, or as the API replies it. */
export type Format = (typeof FORMATS)[number];

/** @throws Stopped with the formats that there are */
export function formatOf(text: string | undefined): Format {
  const format = FORMATS.find((each) => each === (text ?? 'table'));
  if (format !== undefined) return format;
  throw wrongUse(`"${text}" is not a format: --output takes ${FORMATS.join(', ')}.`, 'the command again with --json');
}

/** Prints what the API has replied: as a table by `toText`, or unchanged. A list is a line for each item in `jsonl`. */
export async function show<Reply>(format: Format, reply: Reply, toText: (reply: Reply) => string): Promise<void> {
  print(format === 'table' ? toText(reply) : await encode(format, reply));
}

/** Prints to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

async function encode(format: Exclude<Format, 'table'>, reply: unknown): Promise<string> {
  if (format === 'json') return JSON.stringify(reply, null, 2);
  if (format === 'jsonl')
    return itemsOf(reply)
      .map((item) => `${JSON.stringify(item)}\n`)
      .join('');
  const { stringify } = await import('yaml');
  return stringify(reply);
}

function itemsOf(reply: unknown): readonly unknown[] {
  return isObject(reply) && Array.isArray(reply.items) ? reply.items : [reply];
}
