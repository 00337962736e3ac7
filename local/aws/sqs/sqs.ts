/** SQS on this machine: standard queues in memory, behind the service's wire protocol. */
import { createServer, type Server } from 'node:http';
import { z } from 'zod';
import { Chance } from '#local/aws/chance';
import { type AwsService, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import {
  MAX_RETENTION_SECONDS,
  MAX_VISIBILITY_SECONDS,
  MAX_WAIT_SECONDS,
  MIN_RETENTION_SECONDS,
  TWICE_SHARE,
} from './limits.ts';
import { operationsOf } from './operations.ts';
import { Queue } from './queue.ts';

const queueSchema = z.object({
  name: z.string().regex(/^[\w-]{1,80}$/),
  visibilitySeconds: z.int().min(0).max(MAX_VISIBILITY_SECONDS),
  retentionSeconds: z.int().min(MIN_RETENTION_SECONDS).max(MAX_RETENTION_SECONDS),
  waitSeconds: z.int().min(0).max(MAX_WAIT_SECONDS),
});
type SqsOptions = {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly queues: readonly z.infer<typeof queueSchema>[];
  /** With a seed, some messages come twice. */
  readonly mannersSeed?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly log: (line: string) => void;
};

const PROTOCOL = {
  name: 'SQS',
  contentType: 'application/x-amz-json-1.0',
  targetPrefix: 'AmazonSQS.',
  errorPrefix: 'com.amazonaws.sqs#',
  errorNames: {
    WrongInput: 'InvalidParameterValueException',
    WrongToken: 'InvalidParameterValueException',
    Fault: 'InternalFailure',
  },
};
const ACCOUNT = '000000000000';

/**
 * Starts the service with these queues. A queue's URL is that of the service with account and name; whatever host a
 * client reaches the service by, account and name say which queue it means.
 * @throws ZodError for a queue that SQS would refuse
 * @throws Error EADDRINUSE when the port is taken
 */
export async function startSqs(options: SqsOptions): Promise<Sqs> {
  const queues = z.array(queueSchema).parse(options.queues);
  const { now = Date.now, mannersSeed, log } = options;
  const chance = mannersSeed === undefined ? undefined : new Chance(mannersSeed);
  // Source: Developer Guide, "At-least-once delivery".
  const comesTwice = () => chance?.happens(TWICE_SHARE) ?? false;
  const server = createServer();
  const url = await listen(server, options.port);
  const byPath = new Map(queues.map((queue) => [pathOf(queue.name), new Queue({ ...queue, now, comesTwice })]));
  const service: AwsService = { ...PROTOCOL, operations: operationsOf(byPath, url), log };
  server.on('request', (request, response) => void serveAwsJson(service, request, response));
  return new Sqs(url, server, byPath);
}

/** A running SQS. */
export class Sqs {
  readonly url: string;
  readonly #server: Server;
  readonly #queues: ReadonlyMap<string, Queue>;

  constructor(url: string, server: Server, queues: ReadonlyMap<string, Queue>) {
    this.url = url;
    this.#server = server;
    this.#queues = queues;
  }

  /** The URL of a queue. */
  urlOf(name: string): string {
    return this.url + pathOf(name);
  }

  /** Cuts off the receives that wait. Returns when the port is free. */
  async close(): Promise<void> {
    await unlisten(this.#server);
    for (const queue of this.#queues.values()) queue.close();
  }
}

function pathOf(name: string): string {
  return `/${ACCOUNT}/${name}`;
}
