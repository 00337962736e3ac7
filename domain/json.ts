/** JSON's numbers have any number of digits, JavaScript's have 64 bits. */

/** Whatever has a number that could be changed has one of these: 16 digits in a row and not of a fraction, or an exponent of three. */
const LARGE = /(?<![.\d])\d{16}|\d[eE]\+?\d{3}/;

/**
 * The first number of this JSON text that would not be kept as it was sent: an integer written in digits that JavaScript would change, or one
 * beyond all that it has. Undefined when there is none. Fractions are the nearest that JavaScript has, as everywhere.
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
