/** Commands and their output as a document shows them, and whether a run printed the same but for ids and times. */

export type Step = { readonly command: string; readonly lines: readonly string[] };

/** Stands in a document for any number of lines. */
const GAP = '...';
const IDS = /\b(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[0-9a-f]{32})\b/g;
/** What differs from run to run. Which of the same tasks runs beside another is up to the servers. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [IDS, 'ID'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/\b\d+\.\d s\b/g, 'N s'],
  [/\b\d+[smhd]\b/g, 'AGE'],
  [/\b(north|south|west)\b/g, 'TASK'],
  [/ +/g, ' '],
];

/** The steps of all `console` blocks of the text. */
export function stepsIn(text: string): Step[] {
  const blocks = [...text.matchAll(/^```console\n(.*?)^```/gms)].map(([, block = '']) => block);
  const parts = blocks.flatMap((block) => block.split(/^\$ /m).slice(1));
  return parts.map((part) => {
    const [command = '', ...lines] = part.trimEnd().split('\n');
    return { command, lines };
  });
}

/** The lines of what was printed, masked, with a gap where the document has one. */
export function maskedLike(lines: readonly string[], printed: readonly string[]): string[] {
  let rest = printed.map(mask);
  const seen = lines.map(mask).flatMap((line, index, all) => {
    if (line !== GAP) return rest.splice(0, 1);
    const next = all[index + 1];
    const end = next === undefined ? rest.length : rest.indexOf(next);
    rest = rest.slice(Math.max(end, 0));
    return [GAP];
  });
  return [...seen, ...rest];
}

export const mask = (line: string) => MASKS.reduce((text, [what, by]) => text.replaceAll(what, by), line);

/** Adds what the ids of the document were in this run: those of lines that are the same but for them. */
export function matchIds(known: Map<string, string>, lines: readonly string[], printed: readonly string[]): void {
  let at = 0;
  for (const line of lines.filter((each) => each !== GAP)) {
    at = printed.findIndex((each, index) => index >= at && mask(each) === mask(line));
    if (at < 0) return;
    const ids = printed[at]?.match(IDS) ?? [];
    for (const [index, id] of (line.match(IDS) ?? []).entries()) known.set(id, known.get(id) ?? ids[index] ?? id);
    at += 1;
  }
}

/** The text with the ids of this run in place of the document's. */
export function withIds(known: ReadonlyMap<string, string>, text: string): string {
  return text.replaceAll(IDS, (id) => known.get(id) ?? id);
}
