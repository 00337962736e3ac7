/**
 * Counts what is sent to DynamoDB by the engine's own ConsumedCapacity, at the SDK's client: every request, exactly.
 */
import { z } from 'zod';
import { documents } from '#store/dynamodb/client';

export type Spent = {
  readonly requests: number;
  /** Write capacity units; a refused write counts as 1, as on AWS for a record up to 1 KB. */
  readonly wcu: number;
  readonly rcu: number;
};
export type Sent = Spent & { readonly command: string; readonly tables: readonly string[] };
export type Meter = {
  /** What the work sends, request by request. Work that goes on beside it counts, too. */
  measure(work: () => Promise<unknown>): Promise<Sent[]>;
};

const READS = /^(Get|BatchGet|Query|Scan)/;
const consumedSchema = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const replySchema = z.object({ ConsumedCapacity: z.union([consumedSchema, z.array(consumedSchema)]) });

/** Starts to count; once a process. */
export function startMeter(): Meter {
  const listeners = new Set<(sent: Sent) => void>();
  const tell = (sent: Sent) => {
    for (const listener of listeners) listener(sent);
  };
  documents().middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName ?? '').replace(/Command$/, '');
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      try {
        const result = await next(args);
        tell(sentBy(command, replySchema.parse(result.output).ConsumedCapacity));
        return result;
      } catch (error) {
        tell({ command, tables: [], requests: 1, wcu: READS.test(command) ? 0 : 1, rcu: 0 });
        throw error;
      }
    },
    { step: 'initialize', name: 'lastcallMeter' },
  );
  return {
    async measure(work) {
      const sent: Sent[] = [];
      const listener = (one: Sent) => void sent.push(one);
      listeners.add(listener);
      await work().finally(() => listeners.delete(listener));
      return sent;
    },
  };
}

/** The sum of what was sent, divided by this number. */
export function spentOn(sent: readonly Sent[], count = 1): Spent {
  const sum = (of: (one: Sent) => number) => sent.reduce((total, one) => total + of(one), 0) / count;
  return { requests: sum((one) => one.requests), wcu: sum((one) => one.wcu), rcu: sum((one) => one.rcu) };
}

type Consumed = z.infer<typeof consumedSchema>;

function sentBy(command: string, consumed: Consumed | Consumed[]): Sent {
  const parts = [consumed].flat();
  const units = parts.reduce((sum, part) => sum + part.CapacityUnits, 0);
  const isRead = READS.test(command);
  const tables = parts.map((part) => part.TableName);
  return { command, tables, requests: 1, wcu: isRead ? 0 : units, rcu: isRead ? units : 0 };
}
