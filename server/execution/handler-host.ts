import type { Definition } from '#server/handlers/load';
import type { Context, TellReason } from '#server/sdk';
import { callHandler } from './call-handler.ts';
import { failed } from './ending.ts';
import { type HandlerSummary, orderSchema, type Report, type StartOrder } from './messages.ts';

type Send = (report: Report) => void;

/** The end in the thread or process of the handlers: it carries out the server's orders, one attempt at a time. */
export class HandlerHost {
  readonly #handlers: ReadonlyMap<string, Definition>;
  readonly #send: Send;
  #current: { readonly sequence: number; readonly controller: AbortController } | undefined;

  constructor(handlers: ReadonlyMap<string, Definition>, send: Send) {
    this.#handlers = handlers;
    this.#send = send;
  }

  /**
   * Carries out an order of the server.
   * @throws ZodError if the message is not an order
   */
  obey(message: unknown): void {
    const order = orderSchema.parse(message);
    if (order.type === 'start') {
      this.#current = { sequence: order.sequence, controller: new AbortController() };
      void this.#start(order, this.#current.controller.signal);
    } else if (order.sequence === this.#current?.sequence) {
      this.#current.controller.abort(reasonOf(order.reason));
    }
  }

  /** What the server needs to know of the handlers. */
  get summaries(): HandlerSummary[] {
    return [...this.#handlers.values()].map((handler) =>
      'command' in handler
        ? { name: handler.name, isolation: 'process', command: [...handler.command] }
        : { name: handler.name, isolation: handler.isolation },
    );
  }

  async #start(order: StartOrder, signal: AbortSignal): Promise<void> {
    const handler = this.#handlers.get(order.handler);
    const { sequence } = order;
    const outcome =
      handler === undefined || 'command' in handler
        ? failed('UnknownHandler', `There is no handler "${order.handler}" here.`)
        : await callHandler(handler, order.input, this.#contextOf(order, signal));
    if (outcome.outcome === 'Error') this.#send({ type: 'failed', sequence, error: outcome.error });
    else this.#send({ type: 'finished', sequence, resultJson: outcome.resultJson });
  }

  #contextOf({ sequence, jobId, taskId, attempt }: StartOrder, signal: AbortSignal): Context {
    return {
      signal,
      jobId,
      taskId,
      attempt,
      // The fields become JSON here, so that fields which cannot be logged fail in the handler that logs them.
      log: (message, fields = {}) =>
        this.#send({ type: 'log', sequence, message: String(message), fields: JSON.parse(JSON.stringify(fields)) }),
    };
  }
}

function reasonOf(name: TellReason): Error {
  const reason = new Error(`The handler should end early: ${name}.`);
  reason.name = name;
  return reason;
}
