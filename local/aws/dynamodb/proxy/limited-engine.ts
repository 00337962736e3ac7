/** The engine behind DynamoDB's limits of throughput. */
import { z } from 'zod';
import { RecentWrites } from '#local/aws/dynamodb/proxy/lag/recent-writes';
import { type Batch, batchOf } from '#local/aws/dynamodb/proxy/requests/batches';
import type { Attributes } from '#local/aws/dynamodb/proxy/requests/expressions';
import { type Part, singleOf } from '#local/aws/dynamodb/proxy/requests/single';
import { type Statement, statementsOf, throttledStatement } from '#local/aws/dynamodb/proxy/requests/statements';
import type { Limits } from '#local/aws/dynamodb/proxy/throughput/limits';
import { type Demand, Throughput } from '#local/aws/dynamodb/proxy/throughput/throughput';
import { Catalog, type Table } from './catalog.ts';
import { type Body, consumedBy, withCapacityAsAsked } from './consumed.ts';
import type { Call, EngineLink, Reply } from './engine-link.ts';
import { imageName, readImages } from './images.ts';
import { accepted, replyWith, throttled } from './replies.ts';

type Setup = {
  readonly link: EngineLink;
  readonly limits: Limits;
  readonly now: () => number;
  readonly seed: number;
  readonly onThrottled: (demand: Demand) => void;
};

const resultsSchema = z.looseObject({ Responses: z.array(z.unknown()) });
const bodySchema = z.record(z.string(), z.unknown());

/** Refuses what exceeds the limits before the engine gets it. */
export class LimitedEngine {
  readonly #link: EngineLink;
  readonly #catalog: Catalog;
  readonly #throughput: Throughput;
  readonly #recent: RecentWrites;
  readonly #onThrottled: Setup['onThrottled'];

  constructor({ link, limits, now, seed, onThrottled }: Setup) {
    this.#link = link;
    this.#catalog = new Catalog(link);
    this.#throughput = new Throughput(limits, now);
    this.#recent = new RecentWrites({ lagMs: limits.indexLagMs, now, seed });
    this.#onThrottled = onThrottled;
  }

  /** @throws Error if the engine does not reply */
  async answer(call: Call): Promise<Reply> {
    const body = bodyOf(call.body);
    const batch = batchOf(call.operation, body);
    if (body && batch) return await this.#answerBatch({ call, body }, batch);
    const statements = statementsOf(call.operation, body);
    if (body && statements) return await this.#answerStatements({ call, body }, statements);
    const single = singleOf(call.operation, body);
    if (body && single) return await this.#answerSingle({ call, body }, single);
    if (/^(Create|Update|Delete)Table$/.test(call.operation)) this.#catalog.clear();
    return await this.#link.send(call);
  }

  async #answerSingle(request: Request, single: Part): Promise<Reply> {
    const table = await this.#catalog.find(single.tableName, request.call);
    if (table === undefined) return await this.#link.send(request.call);
    // A hot partition refuses before the engine is asked for the item.
    const refusedAtOnce = this.#throughput.refused(single.demandsOf(table).slice(0, 1));
    if (refusedAtOnce !== undefined) return this.#refuse(refusedAtOnce);
    const needed = await this.#neededBy(request.call, [single]);
    const demands = needed.flatMap((each) => each.demands);
    const refused = this.#throughput.admit(demands);
    if (refused !== undefined) return this.#refuse(refused);
    this.#remember(needed);
    const recent = this.#recent.of(table);
    const reply = await this.#carryOut(request, demands);
    if (reply.status !== 200 || single.late === undefined) return reply;
    return replyWith(reply, single.late(table, recent, bodyOf(reply.body) ?? {}));
  }

  async #answerBatch({ call, body }: Request, batch: Batch): Promise<Reply> {
    const needed = await this.#neededBy(call, batch.parts);
    const tried = needed.map((each) => ({ ...each, refused: this.#throughput.admit(each.demands) }));
    const done = tried.filter(({ refused }) => refused === undefined);
    const refusals = tried.flatMap(({ refused }) => refused ?? []);
    // API reference, BatchWriteItem and BatchGetItem: the request fails only if nothing of it can be done.
    if (done.length === 0 && refusals[0] !== undefined) return this.#refuse(refusals[0]);
    for (const refused of refusals) this.#onThrottled(refused);
    this.#remember(done);
    const some = { ...body, RequestItems: batch.joined(done.map(({ part }) => part)) };
    const reply = await this.#carryOut(
      { call, body: some },
      done.flatMap(({ demands }) => demands),
    );
    if (reply.status !== 200 || refusals.length === 0) return reply;
    const content = bodyOf(reply.body) ?? {};
    // The engine's own rest: what would exceed the size of a reply.
    const rest = batchOf(call.operation, { RequestItems: content[batch.leftIn] })?.parts ?? [];
    const left = tried.filter(({ refused }) => refused !== undefined).map(({ part }) => part);
    return replyWith(reply, { ...content, [batch.leftIn]: batch.joined([...rest, ...left]) });
  }

  /** Each statement has its own result, also if none of them can be done (API reference, BatchExecuteStatement). */
  async #answerStatements({ call, body }: Request, statements: readonly Statement[]): Promise<Reply> {
    const needed = await this.#neededBy(call, statements);
    const tried = needed.map((each) => ({ ...each, refused: this.#throughput.admit(each.demands) }));
    for (const { refused } of tried) if (refused) this.#onThrottled(refused);
    const done = tried.filter(({ refused }) => refused === undefined);
    const [first] = tried.flatMap(({ refused }) => refused ?? []);
    if (done.length === 0 && first !== undefined) {
      return replyWith(accepted(), { Responses: statements.map(throttledStatement) });
    }
    this.#remember(done);
    const some = { ...body, Statements: done.map(({ part }) => part.statement) };
    const reply = await this.#carryOut(
      { call, body: some },
      done.flatMap(({ demands }) => demands),
    );
    const content = resultsSchema.safeParse(bodyOf(reply.body));
    if (reply.status !== 200 || !content.success) return reply;
    const results = content.data.Responses.values();
    const Responses = tried.map(({ part, refused }) => (refused ? throttledStatement(part) : results.next().value));
    return replyWith(reply, { ...content.data, Responses });
  }

  async #neededBy<Each extends Part>(call: Call, parts: readonly Each[]) {
    const found = await Promise.all(
      parts.map(async (part) => ({ part, table: await this.#catalog.find(part.tableName, call) })),
    );
    const written = found.flatMap(({ part, table }) => (table && part.written ? [{ table, item: part.written }] : []));
    const images = await readImages(this.#link, call, written);
    return found.map(({ part, table }) => {
      if (table === undefined) return { part, table, old: undefined, demands: [] };
      const old = part.written && images.get(imageName({ table, item: part.written }));
      return { part, table, old, demands: part.demandsOf(table, old) };
    });
  }

  /** A write that fails leaves the item as it was, so that its old image is the true one. */
  #remember(needed: readonly Needed[]): void {
    for (const { part, table, old, demands } of needed) {
      if (table && part.written && demands.some(({ place }) => place.isIndex)) {
        this.#recent.remember(table, part.written, old);
      }
    }
  }

  /** Sends the request, and corrects the estimates by what the engine says that it has consumed. */
  async #carryOut({ call, body }: Request, demands: readonly Demand[]): Promise<Reply> {
    const asking = { ...body, ReturnConsumedCapacity: 'INDEXES' };
    const reply = await this.#link.send({ ...call, body: Buffer.from(JSON.stringify(asking)) });
    const content = bodyOf(reply.body) ?? {};
    if (reply.status === 200) {
      this.#throughput.settle(demands, consumedBy(content));
      return replyWith(reply, withCapacityAsAsked(content, body.ReturnConsumedCapacity));
    }
    // "Working with items", "Conditional writes": if the condition fails, the table's units are consumed all the same.
    const failedCondition = String(content.__type).endsWith('#ConditionalCheckFailedException');
    const kept = demands.filter(({ place }) => failedCondition && !place.isIndex);
    this.#throughput.settle(demands, new Map(kept.map(({ place, units }) => [place.name, units])));
    return reply;
  }

  #refuse(demand: Demand): Reply {
    this.#onThrottled(demand);
    return throttled(demand);
  }
}

type Needed = {
  readonly part: Part;
  readonly table: Table | undefined;
  /** The item that is written, as it was. */
  readonly old: Attributes | undefined;
  readonly demands: readonly Demand[];
};
type Request = { readonly call: Call; readonly body: Body };

function bodyOf(bytes: Buffer): Body | undefined {
  try {
    return bodySchema.parse(JSON.parse(bytes.toString()));
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}
