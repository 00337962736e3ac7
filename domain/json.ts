/** Numbers in JSON have any number of digits, JavaScript's have 64 bits. */

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

function isChanged(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return true;
  return /^-?\d+$/.test(source) && String(value) !== source && BigInt(value) !== BigInt(source);
}
