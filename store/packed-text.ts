/**
 * Inputs and results in the records of their tasks. Each write of a task is charged by the size of its whole record,
 * and a task is written at least three times: so a longer text lies compressed.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import * as z from 'zod';

/** A shorter text is not worth the time: its record has about 0.6 KB without it. */
const MAX_PLAIN_BYTES = 256;

/** Of 4 kB of JSON it leaves 0.6 kB in 75 us. Higher qualities take longer for nothing; 3 leaves a tenth more. */
const PARAMS = {
  [constants.BROTLI_PARAM_QUALITY]: 5,
  // No text is longer than 64 KiB, and a smaller window takes less memory.
  [constants.BROTLI_PARAM_LGWIN]: 16,
  [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
};

/** The text as a record keeps it: compressed if it is longer than 256 bytes. */
export function packText(text: string): string | Uint8Array {
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_PLAIN_BYTES ? text : brotliCompressSync(bytes, { params: PARAMS });
}

/** The text from a record. */
export const packedTextSchema = z.union([z.string(), z.instanceof(Uint8Array).transform(unpackText)]);

function unpackText(packed: Uint8Array, context: z.RefinementCtx): string {
  try {
    return brotliDecompressSync(packed).toString();
  } catch (error) {
    context.addIssue({ code: 'custom', message: `cannot be decompressed: ${error}` });
    return z.NEVER;
  }
}
