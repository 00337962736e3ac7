import { createHash, randomUUID } from 'node:crypto';

const ALGORITHMS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/** The functions that Step Functions adds to JSONata. `$random` with a seed is not offered here, and fails. */
export const SERVICE_FUNCTIONS = {
  parse: (text: string): unknown => JSON.parse(text),
  uuid: (): string => randomUUID(),
  partition(items: readonly unknown[], size: number): unknown[][] {
    if (!Number.isInteger(size) || size < 1) throw new Error(`$partition: a size of ${size} makes no parts.`);
    return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
      items.slice(part * size, (part + 1) * size),
    );
  },
  range(first: number, last: number, step: number): number[] {
    if (!Number.isFinite(step) || step === 0) throw new Error(`$range: a step of ${step} comes to no end.`);
    return Array.from(
      { length: Math.max(0, Math.floor((last - first) / step) + 1) },
      (_, index) => first + index * step,
    );
  },
  hash(data: unknown, algorithm = 'SHA-1'): string {
    if (!ALGORITHMS.includes(algorithm)) throw new Error(`$hash: ${algorithm} is not one of ${ALGORITHMS.join(', ')}.`);
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    return createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex');
  },
};
