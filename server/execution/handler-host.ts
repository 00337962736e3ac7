import type { Definition } from '#server/handlers/load';
import type { Context, TellReason } from '#server/sdk';
import { perform } from './call-handler.ts';
import { failed } from './ending.ts';
import { type HandlerSummary, orderSchema, type Report, type RunOrder } from './messages.ts';

type Send = (report: Report) => void;

/** The handlers' side: answers the orders that come in by running handlers, one at a time. */
export function serve(handlers: ReadonlyMap<string, Definition>, send: Send): (message: unknown) => void {
  let current: { sequence: number; controller: AbortController } | undefined;
  return (message) => {
    const order = orderSchema.parse(message);
    if (order.type === 'run') {
      current = { sequence: order.sequence, controller: new AbortController() };
      void runOrder(handlers, order, { send, signal: current.controller.signal });
    } else if (order.sequence === current?.sequence) {
      current.controller.abort(reasonOf(order.reason));
    }
  };
}

/** What the server is told when the handlers are loaded. */
export function summaries(handlers: ReadonlyMap<string, Definition>): HandlerSummary[] {
  return [...handlers.values()].map((handler) =>
    'command' in handler
      ? { name: handler.name, isolation: 'process', command: [...handler.command] }
      : { name: handler.name, isolation: handler.isolation },
  );
}

type Line = { send: Send; signal: AbortSignal };

async function runOrder(handlers: ReadonlyMap<string, Definition>, order: RunOrder, line: Line): Promise<void> {
  const handler = handlers.get(order.handler);
  const { sequence } = order;
  const outcome =
    handler === undefined || 'command' in handler
      ? failed('UnknownHandler', `There is no handler "${order.handler}" here.`)
      : await perform(handler, order.input, contextOf(order, line));
  if (outcome.outcome === 'Error') line.send({ type: 'failed', sequence, error: outcome.error });
  else line.send({ type: 'finished', sequence, resultJson: outcome.resultJson });
}

function contextOf({ sequence, jobId, taskId, attempt }: RunOrder, { send, signal }: Line): Context {
  return {
    signal,
    jobId,
    taskId,
    attempt,
    // Fields go through JSON here, so that what cannot be logged fails where it is logged.
    log: (message, fields = {}) =>
      send({ type: 'log', sequence, message: String(message), fields: JSON.parse(JSON.stringify(fields)) }),
  };
}

function reasonOf(name: TellReason): Error {
  const reason = new Error(`The handler is told to end early: ${name}.`);
  reason.name = name;
  return reason;
}
