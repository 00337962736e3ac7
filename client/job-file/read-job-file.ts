/** Reads YAML or JSON as a value that JSON can keep, and remembers where each part of it stands. */
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Scalar, visit } from 'yaml';
import { changedNumber } from '#domain/json';

/** Aliases can blow a small file up to a huge one. */
const MAX_ALIASES = 100;
/** Of YAML's ways to write a number, the one that JSON has, too. */
const JSON_NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A problem and its place, from line 1 and column 1 on. */
export type Located = { readonly line: number; readonly column: number; readonly problem: string };
type Place = Pick<Located, 'line' | 'column'>;
type Path = readonly PropertyKey[];

type Read =
  | { readonly problems: readonly Located[] }
  | {
      readonly problems?: undefined;
      readonly value: unknown;
      /** Where the part with this path stands, or the nearest one around it. */
      locate(path: Path): Place;
    };

/** The value of the text, or what is wrong with its syntax. */
export function readJobFile(text: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ at: pos[0], message }));
  const read = faults.length === 0 ? toValue(document) : { faults };
  if ('faults' in read)
    return { problems: read.faults.map(({ at, message }) => ({ ...placeAt(at), problem: message })) };
  return { value: read.value, locate: (path) => placeAt(offsetOf(document, path)) };
}

function toValue(document: Document): { readonly value: unknown } | { readonly faults: readonly Fault[] } {
  const faults = changed(document);
  if (faults.length > 0) return { faults };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { faults: [{ at: 0, message: error.message }] };
  }
}

type Fault = { readonly at: number; readonly message: string };

/** The numbers that JSON or JavaScript would change. */
function changed(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && isChanged(node.value, node))
        faults.push({
          at: node.range?.[0] ?? 0,
          message: `the number ${node.source} would be changed; write it as a string`,
        });
    },
  });
  return faults;
}

function isChanged(value: number, { source = '' }: Scalar): boolean {
  return !Number.isFinite(value) || (JSON_NUMBER.test(source) && changedNumber(source) !== undefined);
}

/** Of a field the place of its name, of an item that of the item, of what is missing that of what it is missing in. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const around = document.getIn(path.slice(0, length - 1), true);
    const name = path[length - 1];
    const node = keyIn(length === 1 ? document.contents : around, name) ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyIn(around: unknown, name: PropertyKey | undefined): unknown {
  if (!isMap(around)) return undefined;
  return around.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === name)?.key;
}
