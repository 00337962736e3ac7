import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { ServiceError } from './service-error.ts';

const TARGET_PREFIX = 'AWSStepFunctions.';

type WireOptions = {
  readonly perform: (operation: string, body: unknown) => object;
  /** Requests wait until the service knows again what it knew before. */
  readonly ready: Promise<void>;
  readonly log: (line: string) => void;
};

/** An HTTP server that speaks AWS JSON 1.0 as Step Functions does. Signatures are not looked at: it serves this machine alone. */
export function createWireServer(options: WireOptions): Server {
  return createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      // The client went away in the middle of its request, and nobody is left to answer to.
      options.log(`A request to Step Functions broke off: ${error}`);
      response.destroy();
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: WireOptions): Promise<void> {
  const body = await read(request);
  await options.ready;
  try {
    if (body === undefined) throw new ServiceError('SerializationException', `At most ${MAX_REQUEST_BYTES} bytes.`);
    send(response, 200, options.perform(operationOf(request), parseBody(body)));
  } catch (error) {
    const known = error instanceof ServiceError;
    if (!known) options.log(`Step Functions: ${error instanceof Error ? error.stack : error}`);
    const { name, message } = known ? error : new ServiceError('InternalFailure', String(error));
    send(response, known ? 400 : 500, { __type: `com.amazonaws.swf.service.v2.model#${name}`, message });
  }
}

/** The whole body; undefined when it is too large, and then the rest of it is dropped unread. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_REQUEST_BYTES ? Buffer.concat(chunks).toString() : undefined;
}

function operationOf({ method, url, headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (method === 'POST' && typeof target === 'string' && target.startsWith(TARGET_PREFIX)) {
    return target.slice(TARGET_PREFIX.length);
  }
  throw new ServiceError('UnknownOperationException', `${method} ${url} with X-Amz-Target ${target} is no operation.`);
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ServiceError('SerializationException', `The body is not JSON: ${error}`);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
