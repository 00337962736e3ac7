/** Reads what a process writes, no faster than it can be dealt with: a process that writes more has to wait. */
import type { Readable } from 'node:stream';

/** 4 MiB a second: reading takes a few percent of a processor at most. */
const BURST_BYTES = 64 * 1024;
const PAUSE_MS = 15;

/**
 * Calls `onChunk` for what the stream brings. After `BURST_BYTES` it reads nothing for `PAUSE_MS`, and while `onChunk`
 * returns a promise it waits for that: the pipe fills up, and its writer is blocked.
 */
export function readPaced(stream: Readable, onChunk: (chunk: Buffer) => Promise<unknown> | undefined): void {
  let burst = 0;
  let isEnded = false;
  const rest = async (chunk: Buffer) => {
    burst += chunk.length;
    const waits = onChunk(chunk);
    if (waits === undefined && burst < BURST_BYTES) return;
    stream.pause();
    const isFull = burst >= BURST_BYTES;
    if (isFull) burst = 0;
    await Promise.all([waits, isFull && !isEnded ? pause() : undefined]);
    stream.resume();
  };
  stream.on('end', () => {
    isEnded = true;
  });
  stream.on('data', (chunk: Buffer) => void rest(chunk));
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS);
  });
}
