import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { MAX_BODY_BYTES } from './limits.ts';

/** A refusal by the name that the real service gives it; the caller reads it as HTTP 400. */
export class EcsError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Answers a parsed JSON request body. */
export type Operation = (body: unknown) => object;
export type Operations = Readonly<Record<string, Operation>>;

const TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113.';
const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** An operation whose input is checked first: anything wrong or not known here is refused by its name, never ignored. */
export function operation<Schema extends z.ZodType>(
  schema: Schema,
  answer: (input: z.output<Schema>) => object,
): Operation {
  return (body) => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new EcsError('InvalidParameterException', z.prettifyError(parsed.error));
    return answer(parsed.data);
  };
}

/** Serves `POST /` as AWS JSON 1.1. Each refusal is an error of the protocol's own shape; a fault is `ServerException`, 500. */
export async function serveWire(request: IncomingMessage, response: ServerResponse, operations: Operations) {
  try {
    const answer = findOperation(request, operations);
    reply(response, 200, answer(parseJson(await readBody(request))));
  } catch (error) {
    const isRefusal = error instanceof EcsError;
    const name = isRefusal ? error.name : 'ServerException';
    const message = error instanceof Error ? error.message : String(error);
    reply(response, isRefusal ? 400 : 500, { __type: name, message });
  }
}

/** The body as text. Refuses more than MAX_BODY_BYTES. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new EcsError('InvalidParameterException', `A request has at most ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The value of a JSON text. Refuses any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EcsError('SerializationException', `The request is not JSON: ${error}`);
  }
}

function findOperation(request: IncomingMessage, operations: Operations): Operation {
  const target = String(request.headers['x-amz-target'] ?? '');
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
  const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (request.method === 'POST' && found !== undefined) return found;
  throw new EcsError(
    'UnknownOperationException',
    `${request.method} with X-Amz-Target "${target}" is not served here. Served: ${Object.keys(operations).join(', ')}.`,
  );
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
