/**
 * Dynalite, a DynamoDB that others wrote, with what it lacks: `ReturnValuesOnConditionCheckFailure`,
 * `UpdateTimeToLive`, batches of PartiQL's writes, and an IN that finds a `false`. docs/engines.md says what else it
 * cannot do.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { z } from 'zod';
import { type Call, EngineLink, operationOf, type Reply } from '#local/aws/dynamodb/proxy/engine-link';
import { replyWith } from '#local/aws/dynamodb/proxy/replies';
import { listen, unlisten } from '#local/aws/wire/listen';
import { executeBatch } from './partiql.ts';

export type Dynalite = { readonly url: string; close(): Promise<void> };

const requestSchema = z.looseObject({
  TableName: z.string(),
  Key: z.unknown().optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
});
const failureSchema = z.looseObject({ __type: z.string() });
const foundSchema = z.object({ Item: z.unknown().optional() });

/** Starts it in memory, on a free port. */
export async function startDynalite(): Promise<Dynalite> {
  const engine = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const link = new EngineLink(await listen(engine, 0));
  const shim = createServer((request, response) => {
    serve(link, request, response).catch(() => response.destroy());
  });
  const url = await listen(shim, 0);
  const close = async () => {
    await unlisten(shim);
    link.close();
    await unlisten(engine);
  };
  return { url, close };
}

async function serve(link: EngineLink, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = request;
  const call = { operation: operationOf(headers), headers, body: await buffer(request) };
  const { status, headers: replied, body } = await answer(link, call);
  response.writeHead(status, { ...replied }).end(body);
}

async function answer(link: EngineLink, call: Call): Promise<Reply> {
  if (call.operation === 'UpdateTimeToLive') {
    return json({});
  }
  const batch = await executeBatch(link, call);
  if (batch) return json(batch);
  const reply = await link.send({ ...call, body: withEquals(call.body) });
  return reply.status === 400 ? await withItem(link, call, reply) : reply;
}

/** The request with `x = :v` for `x IN (:v)`. */
function withEquals(body: Buffer): Buffer {
  return Buffer.from(body.toString().replaceAll(/ IN \((:\w+)\)/g, ' = $1'));
}

function json(content: object): Reply {
  return replyWith({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' } }, content);
}

/** A write whose condition failed, with the item as it is now. */
async function withItem(link: EngineLink, call: Call, reply: Reply): Promise<Reply> {
  const failure = failureSchema.parse(JSON.parse(reply.body.toString()));
  if (!failure.__type.endsWith('#ConditionalCheckFailedException')) return reply;
  const { TableName, Key, ReturnValuesOnConditionCheckFailure } = requestSchema.parse(JSON.parse(call.body.toString()));
  if (ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || Key === undefined) return reply;
  const found = foundSchema.parse(await link.ask(call, 'GetItem', { TableName, Key, ConsistentRead: true }));
  return replyWith(reply, { ...failure, ...found });
}
