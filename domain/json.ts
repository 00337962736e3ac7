/** What JSON and JavaScript cannot keep of each other's values. */
import { MAX_JSON_DEPTH } from './limits.ts';

/** A number can only change if it has 16 digits in a row outside a fraction, or an exponent of 3 digits. */
const LARGE = /(?<![.\d])\d{16}|\d[eE]\+?\d{3}/;

/**
 * The first number of this JSON text that JavaScript would change: an integer with too many digits, or a number out of
 * range. Undefined if there is none. Fractions become the nearest JavaScript number, as everywhere.
 */
export function changedNumber(text: string): string | undefined {
  if (!LARGE.test(text)) return undefined;
  let found: string | undefined;
  JSON.parse(text, (_, value: unknown, context?: { source?: string }) => {
    if (found === undefined && typeof value === 'number' && isChanged(value, context?.source ?? '')) {
      found = context?.source;
    }
    return value;
  });
  return found;
}

/**
 * What JSON would change in this value or leave out of it, with its place: `result.rows[2] is NaN`. Undefined if JSON
 * keeps all. A member that is undefined counts as absent, and an object with `toJSON` is what that returns.
 */
export function unkept(value: unknown, place: string, parents: readonly unknown[] = []): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : `${place} has half of a surrogate pair`;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${place} is ${value}`;
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return `${place} is ${typeof value === 'bigint' ? `${value}n` : `a ${typeof value}`}`;
  if (parents.includes(value)) return `${place} is a circle`;
  if (parents.length >= MAX_JSON_DEPTH) return `${place} is deeper than ${MAX_JSON_DEPTH} levels`;
  return unkeptIn(value, place, [...parents, value]);
}

function unkeptIn(value: object, place: string, parents: readonly unknown[]): string | undefined {
  if ('toJSON' in value && typeof value.toJSON === 'function') return unkept(value.toJSON(), place, parents);
  if (Array.isArray(value)) return first(value.keys(), (index) => unkept(value[index], `${place}[${index}]`, parents));
  const kind: unknown = value.constructor?.name ?? 'Object';
  if (kind !== 'Object') return `${place} is an instance of ${kind}`;
  return first(Object.entries(value), ([name, member]) =>
    member === undefined ? undefined : unkept(member, `${place}.${name}`, parents),
  );
}

function first<Item>(items: Iterable<Item>, find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isChanged(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  const written = String(value);
  if (!/^-?\d+$/.test(source) || written === source) return false;
  // From 1e21 on JavaScript writes an exponent; below, it writes only as many digits as it needs for itself.
  return BigInt(written.includes('e') ? value : written) !== BigInt(source);
}
