import { z } from 'zod';
import type { MapState, Workflow } from '#local/aws/stepfunctions/definition/definition';
import { MAX_INLINE_CONCURRENCY } from '#local/aws/stepfunctions/limits';
import { failureSchema, StateFailure } from './failures.ts';
import { Frame } from './frame.ts';
import { evaluateField, type Visit } from './visit.ts';

const startedSchema = z.object({ items: z.array(z.unknown()) });
type RunFrame = (frame: Frame, workflow: Workflow, input: unknown) => Promise<unknown>;

/**
 * Makes one attempt of a Map (number `visit.retryCount`). Returns the iterations' outputs in the order of the items.
 * @throws StateFailure of the first iteration that failed
 */
export async function runMap(visit: Visit, state: MapState, runFrame: RunFrame): Promise<unknown[]> {
  const { frame, retryCount } = visit;
  const started = await frame.once(`mapStarted.${retryCount}`, startedSchema, {
    decide: () => start(visit, state),
    event: ({ items }) => ({ type: 'MapStateStarted', details: { length: items.length } }),
  });
  const failed = frame.recall(`mapFailed.${retryCount}`, failureSchema);
  if (failed) throw new StateFailure(failed);
  const outputs = await new MapAttempt({ visit, state, runFrame, items: started.items }).run();
  const lastEventId = frame.lastEventId;
  frame.emit(`mapSucceeded.${retryCount}`, { type: 'MapStateSucceeded' });
  // In AWS's histories the exit follows the last iteration, not this event.
  frame.lastEventId = lastEventId;
  return outputs;
}

async function start(visit: Visit, { Items = '{% $states.input %}' }: MapState) {
  return { items: await evaluateField(visit, { field: 'Items', template: Items, schema: z.array(z.unknown()) }) };
}

type MapOptions = {
  readonly visit: Visit;
  readonly state: MapState;
  readonly runFrame: RunFrame;
  readonly items: readonly unknown[];
};

/** The iterations of one attempt of a Map. */
class MapAttempt {
  readonly #options: MapOptions;
  readonly #siblings = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Map<number, Frame>();
  readonly #outputs: unknown[];
  #next = 0;

  constructor(options: MapOptions) {
    this.#options = options;
    this.#outputs = new Array(options.items.length).fill(null);
    this.#signal = AbortSignal.any([options.visit.frame.signal, this.#siblings.signal]);
  }

  /** Up to MAX_INLINE_CONCURRENCY workers take one item after the other. */
  async run(): Promise<unknown[]> {
    const { frame } = this.#options.visit;
    const workers = Math.min(MAX_INLINE_CONCURRENCY, this.#options.items.length);
    const last = await Promise.all(Array.from({ length: workers }, () => this.#work(frame.lastEventId)));
    frame.lastEventId = Math.max(frame.lastEventId, ...last);
    return this.#outputs;
  }

  async #work(startEventId: number): Promise<number> {
    let lastEventId = startEventId;
    while (this.#next < this.#options.items.length) {
      const index = this.#next++;
      lastEventId = await this.#iterate(index, lastEventId);
    }
    return lastEventId;
  }

  async #iterate(index: number, lastEventId: number): Promise<number> {
    const frame = this.#createFrame(index, lastEventId);
    this.#running.set(index, frame);
    try {
      const input = await this.#begin(frame, index);
      this.#outputs[index] = await this.#options.runFrame(frame, this.#options.state.ItemProcessor, input);
      frame.emit('iterationSucceeded', { type: 'MapIterationSucceeded', details: this.#detailsOf(index) });
      this.#running.delete(index);
      return frame.lastEventId;
    } catch (error) {
      if (error instanceof StateFailure && !this.#signal.aborted) this.#fail(index, error);
      throw error;
    }
  }

  #createFrame(index: number, lastEventId: number): Frame {
    const { visit, items } = this.#options;
    const { execution, host, stepPath, variables } = visit.frame;
    const path = `${stepPath}.${visit.retryCount}.${index}/`;
    const item = { Index: index, Value: items[index] };
    return new Frame({ execution, host, signal: this.#signal, path, variables, lastEventId, item });
  }

  async #begin(frame: Frame, index: number): Promise<unknown> {
    const { visit, state, items } = this.#options;
    const started = await frame.once('iterationStarted', z.object({ input: z.unknown() }), {
      decide: async () => {
        if (state.ItemSelector === undefined) return { input: items[index] };
        const extra = { context: { Map: { Item: frame.item } } };
        return {
          input: await evaluateField(visit, {
            field: 'ItemSelector',
            template: state.ItemSelector,
            schema: z.unknown(),
            extra,
          }),
        };
      },
      event: () => ({ type: 'MapIterationStarted', details: this.#detailsOf(index) }),
    });
    return started.input;
  }

  /** Records the failure of the whole attempt first: a replay must not start its iterations again. */
  #fail(index: number, { failure }: StateFailure): void {
    const { frame, retryCount } = this.#options.visit;
    const previousEventId = this.#running.get(index)?.lastEventId ?? frame.lastEventId;
    this.#running.delete(index);
    const event = { type: 'MapIterationFailed', details: this.#detailsOf(index), previousEventId };
    frame.write(`mapFailed.${retryCount}`, failure, event);
    this.#siblings.abort(new DOMException('Another iteration of the Map failed.', 'AbortError'));
    for (const [sibling, { stateType }] of this.#running) {
      const key = `aborted.${retryCount}.${sibling}`;
      if (['Task', 'Map'].includes(stateType)) {
        frame.emit(`${key}.state`, { type: `${stateType}StateAborted`, previousEventId });
      }
      frame.emit(key, { type: 'MapIterationAborted', details: this.#detailsOf(sibling), previousEventId });
    }
    // The next event follows the failure, not the siblings that it aborted.
    frame.lastEventId = previousEventId;
  }

  #detailsOf(index: number): { name: string; index: number } {
    return { name: this.#options.visit.name, index };
  }
}
