/** AWS's JSON protocols 1.0 and 1.1. Signatures are not checked. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from './body.ts';

/** A refusal, sent as HTTP 400 under this name, or under the service's own name for a `CommonError`. */
export class AwsError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The errors of every service; each service has its own names for them. */
type CommonError = 'WrongInput' | 'WrongToken' | 'Fault';

/** Takes a parsed JSON request body and returns the reply's. `gone` is aborted when the client has gone away. */
type Operation = (body: unknown, gone: AbortSignal) => object | Promise<object>;
/** Operations by their names on the wire. */
export type Operations = Readonly<Record<string, Operation>>;

/** A service that speaks the protocol. */
export type AwsService = {
  /** For the log. */
  readonly name: string;
  readonly contentType: string;
  /** Precedes the operation's name in X-Amz-Target. */
  readonly targetPrefix: string;
  /** Precedes the error's name in `__type`. */
  readonly errorPrefix: string;
  readonly errorNames: Readonly<Record<CommonError, string>>;
  readonly operations: Operations;
  /** Whether the connection breaks off after the operation, before its reply. */
  readonly losesReply?: () => boolean;
  readonly log: (line: string) => void;
};

/** Fits the largest input: 256 KiB in a JSON string that may escape each byte, and some more. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

/** An operation that checks its input first. It refuses wrong and unknown fields as WrongInput. */
export function operation<T>(
  schema: z.ZodType<T>,
  answer: (input: T, gone: AbortSignal) => object | Promise<object>,
): Operation {
  return (body, gone) => answer(parseInput(schema, body), gone);
}

/** @throws AwsError WrongInput when the value does not match the schema */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AwsError('WrongInput', z.prettifyError(parsed.error));
}

/**
 * The JSON body of a request.
 * @throws AwsError SerializationException for any other body
 * @throws Error when the client goes away
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, MAX_REQUEST_BYTES);
  if (body === undefined) throw notSerialized(`At most ${MAX_REQUEST_BYTES} bytes.`);
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw notSerialized(`The body is not JSON: ${error}`);
  }
}

/** Serves one request. Never rejects: it logs a fault and replies with the service's 500. */
export async function serveAwsJson(
  service: AwsService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const perform = operationOf(service, request);
    const body = await perform(await readJson(request), goneSignal(response));
    if (service.losesReply?.()) response.destroy();
    else send(service, response, { status: 200, body });
  } catch (error) {
    if (request.destroyed && !request.complete) {
      service.log(`A request to ${service.name} broke off: ${error}`);
      response.destroy();
    } else send(service, response, failure(service, error));
  }
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function operationOf({ targetPrefix, operations }: AwsService, { method, headers }: IncomingMessage): Operation {
  const target = String(headers['x-amz-target'] ?? '');
  const name = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : '';
  const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (method === 'POST' && found !== undefined) return found;
  const problem = `${method} with X-Amz-Target "${target}" is not served here.`;
  throw new AwsError('UnknownOperationException', `${problem} Served: ${Object.keys(operations).join(', ')}.`);
}

type Answer = { readonly status: number; readonly body: object };

function failure({ name, errorPrefix, errorNames, log }: AwsService, error: unknown): Answer {
  const isRefusal = error instanceof AwsError;
  if (!isRefusal) log(`${name}: ${error instanceof Error ? error.stack : error}`);
  const refusal = isRefusal ? error : new AwsError('Fault', String(error));
  const ownNames: Readonly<Record<string, string>> = errorNames;
  const type = `${errorPrefix}${ownNames[refusal.name] ?? refusal.name}`;
  return { status: isRefusal ? 400 : 500, body: { __type: type, message: refusal.message } };
}

function notSerialized(problem: string): AwsError {
  return new AwsError('SerializationException', problem);
}

function send({ contentType }: AwsService, response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
