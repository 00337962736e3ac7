/** Reads what a process writes at a limited pace: if it writes more, it waits. */
import type { Readable } from 'node:stream';

/** How many bytes may come at once, and how many a second after that. */
export type Pace = { readonly burstBytes: number; readonly bytesPerSecond: number };

/**
 * Calls `onChunk` for what the stream brings. Beyond the pace it does not read, so the pipe fills up. When the writer
 * has ended, what is left is read at once: no more than the pipe holds.
 */
export function readPaced(
  stream: Readable,
  { writerEnd, ...pace }: Pace & { readonly writerEnd?: Promise<unknown> },
  onChunk: (chunk: Buffer) => void,
): void {
  const meter = new Meter(pace);
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;
  stream.on('data', (chunk: Buffer) => {
    onChunk(chunk);
    const waitMs = hasEnded ? 0 : meter.take(chunk.length);
    if (waitMs === 0) return;
    stream.pause();
    // When the writer ends, Node resumes the stream by itself, in the middle of a wait.
    clearTimeout(timer);
    timer = setTimeout(() => stream.resume(), waitMs);
  });
  void writerEnd?.then(() => {
    hasEnded = true;
    clearTimeout(timer);
    stream.resume();
  });
}

/** Counts bytes against a pace. */
export class Meter {
  readonly #pace: Pace;
  #credit: number;
  #seenMs = performance.now();

  constructor(pace: Pace) {
    this.#pace = pace;
    this.#credit = pace.burstBytes;
  }

  /** Takes these bytes; returns how many milliseconds to wait before the next ones. */
  take(bytes: number): number {
    const { burstBytes, bytesPerSecond } = this.#pace;
    const nowMs = performance.now();
    const earned = ((nowMs - this.#seenMs) / 1_000) * bytesPerSecond;
    this.#credit = Math.min(burstBytes, this.#credit + earned) - bytes;
    this.#seenMs = nowMs;
    return this.#credit >= 0 ? 0 : (-this.#credit / bytesPerSecond) * 1_000;
  }
}
