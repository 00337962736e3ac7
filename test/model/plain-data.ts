/** Copies of a model's states, and their keys: each is needed at every step, so both are made for plain data only. */

/** A deep copy of plain data. */
export function copyOf<Value>(value: Value): Value;
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value;
  const copy = { ...value };
  for (const name in copy) if (typeof copy[name] === 'object') copy[name] = copyOf(copy[name]);
  return copy;
}

/** Codes of one UTF-16 unit: the first are of how many values follow, the others of the values themselves. */
const FIRST_OF_VALUES = 256;
const CODES = 65_536;

/** Gives the states of one model short keys, which are equal if the states are. An object always has the same names. */
export class Keys {
  readonly #codes = new Map<unknown, number>();

  /** @throws Error when the states have too many different values, or a list is too long */
  of(state: object): string {
    const codes: number[] = [];
    this.#encode(state, codes);
    return String.fromCharCode(...codes);
  }

  #encode(value: unknown, codes: number[]): void {
    if (Array.isArray(value)) {
      codes.push(inRange(value.length, FIRST_OF_VALUES));
      for (const each of value) this.#encode(each, codes);
    } else if (isObject(value)) {
      for (const name in value) this.#encode(value[name], codes);
    } else codes.push(this.#codeOf(value));
  }

  #codeOf(value: unknown): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = inRange(FIRST_OF_VALUES + this.#codes.size, CODES);
    this.#codes.set(value, code);
    return code;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function inRange(code: number, end: number): number {
  if (code < end) return code;
  throw new Error(`A key has no code for ${code}: codes end before ${end}.`);
}
