import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const contents = z.tuple([z.string(), z.uuid()]);

/** A new task token. It carries its execution's ARN, so that a token of a past run can be told from no token at all. */
export function createToken(executionArn: string): string {
  return Buffer.from(JSON.stringify([executionArn, randomUUID()])).toString('base64url');
}

/** The execution that the token was made for; undefined when it is not a token. */
export function executionOfToken(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  const parsed = text.startsWith('[') ? contents.safeParse(parse(text)) : undefined;
  return parsed?.data?.[0];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is not JSON is not a token, and the caller says so.
    return undefined;
  }
}
