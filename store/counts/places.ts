/**
 * Where a process has finished tasks of a job: from which id to which, shard by shard. Servers go through a shard in
 * the order of its ids, so nearly all tasks in between have ended: a list of few Finished tasks need not search others.
 */

/** Part of a shard: its ids from one to another, both included. */
export type Span = { readonly shard: number; readonly from: string; readonly to: string };

/** Longer ids are cut: a span may have more than it must. A tally's row has one span, and stays below 256 bytes. */
const MAX_ID_CHARACTERS = 24;
/** They come before and after all ids. */
const [FIRST, LAST] = [' ', '~'];

/** The places of one process in one run of a job. */
export class Places {
  readonly #spans = new Map<number, Span>();
  #latest: Span | undefined;
  #moves = 0;

  /** Notes that a task with this id has finished in the shard. */
  note(shard: number, taskId: string): void {
    const from = taskId.slice(0, MAX_ID_CHARACTERS);
    const to = taskId.length > MAX_ID_CHARACTERS ? `${from}${LAST}` : taskId;
    const known = this.#spans.get(shard);
    if (known && known.from <= from && known.to >= to) return;
    const span = known ? { shard, from: least(known.from, from), to: greatest(known.to, to) } : { shard, from, to };
    if (this.#latest && this.#latest.shard !== shard) this.#moves += 1;
    this.#spans.set(shard, span);
    this.#latest = span;
  }

  /** The span that has changed last. */
  get latest(): string | undefined {
    return this.#latest && textOf([this.#latest]);
  }

  /** All of them. */
  get all(): string {
    return textOf([...this.#spans.values()]);
  }

  /** How often another shard than before had a change: since then, the latest span is not all that is new. */
  get moves(): number {
    return this.#moves;
  }
}

/** The spans of these texts, in order; those that meet are one. */
export function spansIn(texts: readonly string[]): Span[] {
  const spans = texts.flatMap((text) => text.split(',')).flatMap(parse);
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.shard - b.shard || (a.from < b.from ? -1 : 1))) {
    const last = merged.at(-1);
    if (last?.shard === span.shard && span.from <= last.to)
      merged[merged.length - 1] = { ...last, to: greatest(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

/** What the spans, which are in order, leave of this number of shards; the last id of each is not in it any more. */
export function spansBeside(spans: readonly Span[], shards: number): Span[] {
  return Array.from({ length: shards }, (_, shard) => {
    const own = spans.filter((span) => span.shard === shard);
    // No id has a space: with one more, an id is the next possible one.
    const starts = [FIRST, ...own.map(({ to }) => `${to} `)];
    return starts.map((from, index) => ({ shard, from, to: own[index]?.from ?? LAST }));
  }).flat();
}

function textOf(spans: readonly Span[]): string {
  return spans.map(({ shard, from, to }) => `${shard} ${from} ${to}`).join(',');
}

/** A malformed one is left out: then its tasks are found by the search of all others. */
function parse(text: string): Span[] {
  const [, shard, from, to] = /^(\d{1,6}) (\S+) (\S+)$/.exec(text) ?? [];
  return from === undefined || to === undefined ? [] : [{ shard: Number(shard), from, to }];
}

function least(a: string, b: string): string {
  return a < b ? a : b;
}

function greatest(a: string, b: string): string {
  return a < b ? b : a;
}
