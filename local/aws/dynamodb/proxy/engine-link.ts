/** Sends requests to the engine behind the proxy. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request as it came: its operation (`UpdateItem`), headers and body. */
export type Call = {
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** A reply of the engine, or one in its place. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** Precedes the operation in X-Amz-Target. */
const TARGET_PREFIX = 'DynamoDB_20120810.';

/** The way to the engine. */
export class EngineLink {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws Error if the engine does not reply */
  async send({ headers, body }: Pick<Call, 'headers' | 'body'>): Promise<Reply> {
    const sent = sendRequest(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, 'content-length': body.length },
    });
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject);
      sent.end(body);
    });
    return { status: reply.statusCode ?? 502, headers: reply.headers, body: await buffer(reply) };
  }

  /** Asks the engine something else on the caller's behalf. Returns undefined if the engine refuses. */
  async ask({ headers }: Pick<Call, 'headers'>, operation: string, input: object): Promise<unknown> {
    const own = { ...headers, 'x-amz-target': TARGET_PREFIX + operation };
    const { status, body } = await this.send({ headers: own, body: Buffer.from(JSON.stringify(input)) });
    return status === 200 ? JSON.parse(body.toString()) : undefined;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The operation that X-Amz-Target names. */
export function operationOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-amz-target'] ?? '').replace(TARGET_PREFIX, '');
}
