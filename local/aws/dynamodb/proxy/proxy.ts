/** DynamoDB's public port: a proxy in front of the engine that keeps AWS's limits. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AWS_LIMITS, type Limits } from '#local/aws/dynamodb/proxy/throughput/limits';
import type { Demand } from '#local/aws/dynamodb/proxy/throughput/throughput';
import { readBody } from '#local/aws/wire/body';
import { listen, unlisten } from '#local/aws/wire/listen';
import { type Call, EngineLink, operationOf, type Reply } from './engine-link.ts';
import { Faults } from './faults.ts';
import { LimitedEngine } from './limited-engine.ts';
import { internalError, throttled, tooLarge } from './replies.ts';
import { ThrottleReport } from './throttle-report.ts';

type Setup = {
  /** 0 for any free one. */
  readonly port: number;
  readonly engineUrl: string;
  readonly log: (line: string) => void;
  readonly limits?: Limits;
  /** Milliseconds, from any start. */
  readonly now?: () => number;
  /** Of how long each index entry lags. */
  readonly seed?: number;
};

/** "Quotas": a request to DynamoDB has at most 16 MB; DynamoDB's JSON makes them longer. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;
/** What a fault throttles. */
const EVERYTHING = { place: { name: 'DynamoDB', arn: '*', isIndex: false }, kind: 'write' } as const;

/**
 * Starts the proxy.
 * @throws Error EADDRINUSE when the port is taken
 */
export async function startProxy(setup: Setup): Promise<DynamoDbProxy> {
  const proxy = new DynamoDbProxy(setup);
  await proxy.listen(setup.port);
  return proxy;
}

/** A running proxy. */
export class DynamoDbProxy {
  /** For tests. */
  readonly faults = new Faults();
  url = '';
  readonly #log: Setup['log'];
  readonly #report: ThrottleReport;
  readonly #link: EngineLink;
  readonly #engine: LimitedEngine;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor({ engineUrl, log, limits = AWS_LIMITS, now = () => performance.now(), seed = 0 }: Setup) {
    this.#log = log;
    this.#report = new ThrottleReport(log);
    this.#link = new EngineLink(engineUrl);
    const onThrottled = (demand: Demand) => this.#report.count(demand);
    this.#engine = new LimitedEngine({ link: this.#link, limits, now, seed, onThrottled });
  }

  async listen(port: number): Promise<void> {
    this.url = await listen(this.#server, port);
  }

  /** May be repeated. */
  async close(): Promise<void> {
    this.faults.clear();
    await unlisten(this.#server);
    this.#link.close();
    this.#report.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#answer(request);
      if (reply === undefined) response.destroy();
      else response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
    } catch (error) {
      // What breaks on one side breaks on the other, as on any network.
      if (!request.destroyed) this.#log(`DynamoDB did not answer: ${error}`);
      response.destroy();
    }
  }

  /** Returns undefined if the reply is lost. */
  async #answer(request: IncomingMessage): Promise<Reply | undefined> {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    if (body === undefined) return tooLarge(MAX_REQUEST_BYTES);
    const { headers } = request;
    const call: Call = { operation: operationOf(headers), headers, body };
    const seen = { operation: call.operation, body: body.toString() };
    await this.faults.wait(seen);
    if (this.faults.takes('throttle', seen)) return throttled(EVERYTHING);
    if (this.faults.takes('fail', seen)) return internalError();
    const reply = await this.#engine.answer(call);
    return this.faults.takes('loseReply', seen) ? undefined : reply;
  }
}
