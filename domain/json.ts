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
  if (typeof value === 'bigint') return `${place} is ${value}n`;
  if (value === undefined) return `${place} is undefined`;
  if (typeof value !== 'object') return `${place} is a ${typeof value}`;
  if (parents.includes(value)) return `${place} is part of a cycle`;
  if (parents.length >= MAX_JSON_DEPTH) return `${place} is deeper than ${MAX_JSON_DEPTH} levels`;
  return unkeptIn(value, place, [...parents, value]);
}

function unkeptIn(value: object, place: string, parents: readonly unknown[]): string | undefined {
  if (value instanceof Date && Number.isNaN(value.valueOf())) return `${place} is an invalid date`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return unkept(value.toJSON(), place, parents);
  if (Array.isArray(value)) return unkeptOf(value, place, parents);
  if (!isPlain(value)) return `${place} is an instance of ${value.constructor?.name}`;
  return first(Object.entries(value), ([name, member]) =>
    member === undefined ? undefined : unkept(member, `${place}.${name}`, parents),
  );
}

/** JSON keeps the items of an array alone. */
function unkeptOf(items: readonly unknown[], place: string, parents: readonly unknown[]): string | undefined {
  const fault = first(items.keys(), (index) => unkept(items[index], `${place}[${index}]`, parents));
  // The numbers come first.
  const other = Object.keys(items)[items.length];
  return fault ?? (other === undefined ? undefined : `${place} has the member ${other} beside its items`);
}

/** Made by braces, by JSON or by another realm, and not by a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
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
