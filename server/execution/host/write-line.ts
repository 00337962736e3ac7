import { writeSync } from 'node:fs';
import { Meter, type Pace } from '#processes/paced-output';

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
function write(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!isFull(error)) throw error;
      sleep(RETRY_MS);
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}

/** Writes at a limited pace: beyond it the caller is blocked. */
export class PacedWriter {
  readonly #descriptor: number;
  readonly #meter: Meter;

  constructor(descriptor: number, pace: Pace) {
    this.#descriptor = descriptor;
    this.#meter = new Meter(pace);
  }

  write(bytes: Uint8Array): void {
    write(this.#descriptor, bytes);
    sleep(this.#meter.take(bytes.length));
  }
}
