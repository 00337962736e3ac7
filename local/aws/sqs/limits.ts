/**
 * The quotas of SQS. Sources: Amazon SQS Developer Guide, "Amazon SQS message quotas" and "Amazon SQS batch actions";
 * API reference, the action of each parameter.
 */

/** "Message batch": of a send, and of a receive (ReceiveMessage, MaxNumberOfMessages). */
export const MAX_BATCH_MESSAGES = 10;
/** The bodies of a batch together, and each of them ("Message size limit"). */
export const MAX_BATCH_BYTES = 1024 * 1024;
/** "Batched message ID". */
export const BATCH_ID = /^[\w-]{1,80}$/;
/** "Message content": other characters are refused. */
export const MESSAGE_CONTENT = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;
/** "Message retention". */
export const MIN_RETENTION_SECONDS = 60;
export const MAX_RETENTION_SECONDS = 1_209_600;
/** "Message visibility timeout": 12 hours. */
export const MAX_VISIBILITY_SECONDS = 43_200;
/** ReceiveMessage, WaitTimeSeconds. */
export const MAX_WAIT_SECONDS = 20;
/** "In-flight messages" of a standard queue. */
export const MAX_IN_FLIGHT = 120_000;

/** With AWS's manners. AWS says that a message may come twice, not how often. */
export const TWICE_SHARE = 0.1;
