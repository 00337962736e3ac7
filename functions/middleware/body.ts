/** The body of an API Gateway event (HTTP API, payload 2.0): JSON that is kept exactly as it was sent. */
import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Refusal } from '#domain/errors';
import { changedNumber } from '#domain/json';
import { duplicateKey } from '#domain/json/duplicate-keys';
import { MAX_BODY_BYTES, MAX_JSON_DEPTH } from '#domain/limits';

const MAX_DIGITS_SHOWN = 50;

/**
 * The body, as JSON; an empty one is an empty object.
 * @throws Refusal InvalidRequest, TooLarge
 */
export function bodyOf(event: Pick<APIGatewayProxyEventV2, 'body' | 'headers' | 'isBase64Encoded'>): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new Refusal('TooLarge', `The body has ${bytes.length} bytes; at most ${MAX_BODY_BYTES} are allowed.`, {
      bytes: bytes.length,
    });
  }
  if (bytes.length === 0) return {};
  const contentType = event.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Refusal('InvalidRequest', `The content type is "${contentType}"; send application/json.`);
  }
  return parseJson(textOf(bytes));
}

/** To read text that is not UTF-8 would change it. */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new Refusal('InvalidRequest', 'The body is not UTF-8.');
}

function parseJson(text: string): unknown {
  const value = readJson(text);
  for (const depth of depthsOf(value)) {
    if (depth > MAX_JSON_DEPTH) {
      const facts = { maxDepth: MAX_JSON_DEPTH };
      throw new Refusal('InvalidRequest', `The body is nested more than ${MAX_JSON_DEPTH} deep.`, facts);
    }
  }
  const number = changedNumber(text)?.slice(0, MAX_DIGITS_SHOWN);
  if (number !== undefined) {
    const problem = `The body has the number ${number}, which JavaScript would change; send it as a string.`;
    throw new Refusal('InvalidRequest', problem, { number });
  }
  const key = duplicateKey(text, { value, place: 'body' });
  if (key !== undefined)
    throw new Refusal('InvalidRequest', `The body has the key ${key} twice; send it once.`, { key });
  return value;
}

/** The depths of the value, level by level: deep nesting cannot exhaust the stack. */
function* depthsOf(value: unknown): Generator<number> {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    yield depth;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal('InvalidRequest', `The body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
