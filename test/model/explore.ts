/**
 * A small explicit-state model checker: it walks breadth-first through every interleaving of the processes' steps and
 * looks at the rules in every state. A violation comes with the shortest way to it.
 */
import { copyOf, Keys } from './plain-data.ts';

/**
 * One atomic step of a process: a single read or a single guarded write, together with what the process does without
 * I/O after it.
 */
export type Step<State> = {
  readonly name: string;
  readonly when: (state: State) => boolean;
  /** Changes the copy that it is given. */
  readonly act: (draft: State) => void;
};

export type Rule<State> = {
  readonly name: string;
  readonly holds: (state: State, before: State) => boolean;
};

export type Model<State> = {
  readonly initial: State;
  readonly processes: readonly (readonly Step<State>[])[];
  readonly rules: readonly Rule<State>[];
  /** From every state some way must lead to one of these. */
  readonly end: Rule<State>;
};

export type Violation = { readonly rule: string; readonly trace: readonly string[] };
export type Result = { readonly states: number; readonly violation?: Violation };

/** Beyond this many states a model is too large to be run with each test. */
const MAX_STATES = 1_000_000;

type Found<State> = { readonly state: State; readonly index: number };
type Way = { readonly from: number; readonly step: string };

/** Explores all states. @throws Error when there are more than a million */
export function explore<State extends object>(model: Model<State>): Result {
  const steps = model.processes.flat();
  const graph = new Graph();
  const keys = new Keys();
  let frontier: Found<State>[] = [{ state: model.initial, index: graph.add(keys.of(model.initial)) ?? 0 }];
  if (model.end.holds(model.initial, model.initial)) graph.markEnd(0);
  while (frontier.length > 0) {
    const next: Found<State>[] = [];
    for (const { state, index } of frontier) {
      for (const step of steps) {
        if (!step.when(state)) continue;
        const reached = copyOf(state);
        step.act(reached);
        const broken = model.rules.find((rule) => !rule.holds(reached, state));
        if (broken)
          return { states: graph.size, violation: graph.violation(broken.name, { from: index, step: step.name }) };
        const found = graph.reach(keys.of(reached), { from: index, step: step.name });
        if (found === undefined) continue;
        if (model.end.holds(reached, state)) graph.markEnd(found);
        next.push({ state: reached, index: found });
      }
    }
    frontier = next;
  }
  const stuck = graph.firstWithoutEnd();
  return stuck === undefined
    ? { states: graph.size }
    : { states: graph.size, violation: { rule: model.end.name, trace: graph.traceTo(stuck) } };
}

/** The states that were reached, how, and which leads to which. */
class Graph {
  readonly #indexes = new Map<string, number>();
  readonly #ways: (Way | undefined)[] = [];
  readonly #sources: number[][] = [];
  readonly #ends: number[] = [];

  get size(): number {
    return this.#ways.length;
  }

  /** The index of a state that is new; undefined when it was reached before. */
  add(key: string, way?: Way): number | undefined {
    if (this.#indexes.has(key)) return undefined;
    const index = this.#ways.length;
    if (index >= MAX_STATES) throw new Error(`The model has more than ${MAX_STATES} states; make it smaller.`);
    this.#indexes.set(key, index);
    this.#ways.push(way);
    this.#sources.push([]);
    return index;
  }

  reach(key: string, way: Way): number | undefined {
    const found = this.add(key, way);
    this.#sources[found ?? this.#indexes.get(key) ?? 0]?.push(way.from);
    return found;
  }

  markEnd(index: number): void {
    this.#ends.push(index);
  }

  /** Backwards from the ends: the state nearest to the start from which none of them can be reached. */
  firstWithoutEnd(): number | undefined {
    const ending = new Set(this.#ends);
    const open = [...this.#ends];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      for (const source of this.#sources[index] ?? []) {
        if (!ending.has(source)) open.push(source);
        ending.add(source);
      }
    }
    const stuck = this.#ways.findIndex((_, index) => !ending.has(index));
    return stuck < 0 ? undefined : stuck;
  }

  traceTo(index: number): string[] {
    const trace: string[] = [];
    for (let way = this.#ways[index]; way; way = this.#ways[way.from]) trace.push(way.step);
    return trace.reverse();
  }

  violation(rule: string, way: Way): Violation {
    return { rule, trace: [...this.traceTo(way.from), way.step] };
  }
}
