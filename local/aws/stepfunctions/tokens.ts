import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const contentsSchema = z.tuple([z.string(), z.uuid()]);

/** A new task token. It carries its execution's ARN, which tells an ended task's token from invalid text. */
export function createToken(executionArn: string): string {
  return Buffer.from(JSON.stringify([executionArn, randomUUID()])).toString('base64url');
}

/** The ARN of the token's execution; undefined when the text is no token. */
export function executionOfToken(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  const parsed = text.startsWith('[') ? contentsSchema.safeParse(parse(text)) : undefined;
  return parsed?.data?.[0];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Text that is not JSON is no token; the caller reports it.
    return undefined;
  }
}
