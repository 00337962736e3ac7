import { type HandlerSummary, orderSchema, type Report, type StartOrder } from '#server/execution/messages';
import type { Definition } from '#server/handlers/load';
import type { Context, TellReason } from '#server/sdk';
import { callHandler } from './call-handler.ts';
import { describeError, lookAt } from './describe-error.ts';
import { Leavings } from './leavings.ts';
import { logLine } from './log-line.ts';

type Send = (report: Report) => void;

/** The end in the thread or process of the handlers: it carries out the server's orders, one attempt at a time. */
export class HandlerHost {
  readonly #handlers: ReadonlyMap<string, Definition>;
  readonly #send: Send;
  readonly #leavings = new Leavings();
  #current: { readonly sequence: number; readonly controller: AbortController } | undefined;

  constructor(handlers: ReadonlyMap<string, Definition>, send: Send) {
    this.#handlers = handlers;
    this.#send = send;
  }

  /** Says that attempts may come, and what the server needs to know of the handlers. */
  ready(): void {
    const handlers = [...this.#handlers.values()].map(summaryOf);
    this.#send({ type: 'ready', handlers });
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

  /** Reports an error that nothing caught. The thread or process must end: its state is unknown. */
  crash(error: unknown): void {
    lookAt(() => console.error(error));
    const { causes = [], ...cause } = describeError(error);
    const message = `The handler did not return: an error was not caught: ${cause.message}`;
    const crash = { name: 'HandlerCrashed', message, causes: [cause, ...causes] };
    const sequence = this.#current?.sequence;
    if (sequence !== undefined) this.#send({ type: 'failed', sequence, error: crash, left: ['an error'] });
    process.exit(1);
  }

  async #start(order: StartOrder, signal: AbortSignal): Promise<void> {
    const handler = this.#handlers.get(order.handler);
    const { sequence, environment } = order;
    this.#leavings.begin(environment);
    this.#send({ type: 'started', sequence });
    const outcome =
      handler === undefined || 'command' in handler
        ? { error: { name: 'UnknownHandler', message: `There is no handler "${order.handler}" here.` } }
        : await callHandler(handler, order.input, this.#contextOf(order, signal));
    const left = await this.#leavings.end();
    if ('error' in outcome) this.#send({ type: 'failed', sequence, error: outcome.error, left });
    else this.#send({ type: 'finished', sequence, resultJson: outcome.resultJson, left });
  }

  #contextOf({ sequence, jobId, taskId, attempt }: StartOrder, signal: AbortSignal): Context {
    return {
      signal,
      jobId,
      taskId,
      attempt,
      log: (message, fields) => this.#send({ type: 'log', sequence, ...logLine(message, fields) }),
    };
  }
}

function summaryOf(handler: Definition): HandlerSummary {
  if (!('command' in handler)) return { name: handler.name, isolation: handler.isolation };
  const { name, command, cancelSignal, output } = handler;
  return { name, isolation: 'process', command: [...command], cancelSignal, output };
}

function reasonOf(name: TellReason): Error {
  const reason = new Error(`The handler should end early: ${name}.`);
  reason.name = name;
  return reason;
}
