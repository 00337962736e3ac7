/**
 * Sends requests without the SDK's middlewares, which take more of a server's time than all else that it does. It has
 * the client's own connections, credentials and signer. Whatever is not a plain success is left to the SDK.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/core/protocols';
import type { SendOptions } from './deadline.ts';

/** Names the API's version (API reference, "DynamoDB low-level API"). */
const TARGET_PREFIX = 'DynamoDB_20120810.';
const CONTENT_TYPE = 'application/x-amz-json-1.0';
/** Before the SDK sends a request again: up to this long, by chance. Its own waits follow. */
const MAX_WAIT_MS = 50;

type Client = Pick<DynamoDBClient, 'config' | 'middlewareStack'>;
type Signer = Awaited<ReturnType<Client['config']['signer']>>;
type Failure = { readonly __type?: string; readonly message?: string; readonly Item?: Record<string, AttributeValue> };

/** Sends the requests of one client. The first request of all goes the SDK's way, and shows the endpoint. */
export class FastSender {
  readonly #config: Client['config'];
  #endpoint: HttpRequest | undefined;
  #signer: Promise<Signer> | undefined;

  constructor({ config, middlewareStack }: Client) {
    this.#config = config;
    middlewareStack.add(
      (next) => (args) => {
        if (HttpRequest.isInstance(args.request)) this.#endpoint ??= args.request;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'learnEndpoint' },
    );
  }

  /**
   * The text of a successful reply; undefined if the SDK must send the request, again or at all.
   * @throws ConditionalCheckFailedException
   */
  async send(operation: string, body: string, options: SendOptions): Promise<string | undefined> {
    if (!this.#endpoint) return undefined;
    try {
      const { status, text } = await this.#attempt(await this.#signed(operation, body), options);
      if (status === 200) return text;
      const refused = refusalIn(text);
      if (refused) throw refused;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException || options.abortSignal?.aborted) throw error;
    }
    await sleep(Math.random() * MAX_WAIT_MS);
    return undefined;
  }

  async #attempt(request: HttpRequest, options: SendOptions): Promise<{ status: number; text: string }> {
    const { response } = await this.#config.requestHandler.handle(request, options);
    const bytes = await this.#config.streamCollector(response.body);
    return { status: response.statusCode, text: Buffer.from(bytes).toString() };
  }

  /** The signer asks for the credentials each time, so they are never older than the SDK's own. */
  async #signed(operation: string, body: string): Promise<HttpRequest> {
    this.#signer ??= this.#config.signer();
    const signer = await this.#signer;
    const request = this.#request(operation, body);
    const signingDate = new Date(Date.now() + this.#config.systemClockOffset);
    request.headers = (await signer.sign(request, { signingDate })).headers;
    return request;
  }

  #request(operation: string, body: string): HttpRequest {
    const { protocol = '', hostname = '', port, path = '', headers = {} } = this.#endpoint ?? {};
    const request = new HttpRequest({ method: 'POST', protocol, hostname, path, body });
    if (port !== undefined) request.port = port;
    request.headers = {
      host: headers.host ?? hostname,
      'content-type': CONTENT_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': headers['user-agent'] ?? '',
      'x-amz-target': TARGET_PREFIX + operation,
    };
    return request;
  }
}

function refusalIn(text: string): ConditionalCheckFailedException | undefined {
  const { __type: type = '', message = '', Item }: Failure = JSON.parse(text);
  if (!type.endsWith('#ConditionalCheckFailedException')) return undefined;
  return new ConditionalCheckFailedException({ message, $metadata: {}, ...(Item === undefined ? {} : { Item }) });
}
