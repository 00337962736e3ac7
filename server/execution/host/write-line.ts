import { writeSync } from 'node:fs';

const RETRY_MS = 1;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Writes one line, like `write`. */
export function writeLine(descriptor: number, line: string): void {
  write(descriptor, Buffer.from(`${line}\n`));
}

/**
 * Writes bytes, and returns when all are written: if the reader pauses, the caller is blocked. Lines of different
 * threads do not mix up to 4 KiB, the size of what a pipe takes at once.
 */
export function write(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!isFull(error)) throw error;
      Atomics.wait(never, 0, 0, RETRY_MS);
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
