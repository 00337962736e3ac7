/** Events and results as JSON, within Lambda's sizes. */
import { EventTooLarge, ResultTooLarge } from './errors.ts';
import { MAX_RESULT_BYTES } from './limits.ts';

/**
 * An event as JSON; undefined becomes null.
 * @throws EventTooLarge
 */
export function eventText(event: unknown, maxBytes: number): string {
  const text = JSON.stringify(event ?? null);
  if (Buffer.byteLength(text) > maxBytes) throw new EventTooLarge(maxBytes);
  return text;
}

/**
 * The result of a function from its JSON.
 * @throws ResultTooLarge
 */
export function parseResult(text: string): unknown {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RESULT_BYTES) throw new ResultTooLarge(bytes);
  return JSON.parse(text);
}
