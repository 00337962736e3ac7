/** The quotas of Step Functions, and what this stand-in keeps. */

export const MAX_PAYLOAD_BYTES = 256 * 1024;
export const MAX_HISTORY_EVENTS = 25_000;
export const MAX_NAME_CHARACTERS = 80;
export const MAX_TIMEOUT_SECONDS = 99_999_999;
export const MAX_RETRY_DELAY_SECONDS = 31_622_400;
/** Iterations of one inline Map at once. */
export const MAX_INLINE_CONCURRENCY = 40;
export const MAX_PAGE_ITEMS = 1_000;
export const DEFAULT_PAGE_ITEMS = 100;
export const MAX_PAGE_TOKEN_CHARACTERS = 3_096;
export const MAX_TASK_TOKEN_CHARACTERS = 2_048;
export const MAX_ERROR_CHARACTERS = 256;
export const MAX_CAUSE_CHARACTERS = 32_768;
export const MAX_EXPRESSION_MS = 5_000;
/** Ended executions that stay listed. The journals of older ones are deleted. */
export const MAX_FINISHED_KEPT = 1_000;

/** Bytes of a value as JSON, as the payload limit counts them. */
export function payloadBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** With AWS's manners. AWS says that these things happen, not how often. */
export const LATE_SHARE = 0.1;
export const MAX_LATE_MS = 1_000;
export const LOST_REPLY_SHARE = 0.05;
export const FAULT_SHARE = 0.05;
