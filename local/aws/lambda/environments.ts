/** Lambda with execution environments that are processes: started cold, frozen between calls, bounded in number. */
import { arnOf, nameOf } from './arns.ts';
import { Concurrency } from './concurrency.ts';
import { FunctionTimedOut, TooManyRequests, UnknownFunction } from './errors.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { Functions } from './lambda.ts';
import {
  IDLE_LIMIT_MS,
  INIT_LIMIT_MS,
  MAX_CONCURRENCY,
  MAX_ENVIRONMENTS,
  MAX_EVENT_BYTES,
  MAX_STARTS_AT_ONCE,
} from './limits.ts';
import { eventText } from './payload.ts';
import type { FunctionProgram } from './program.ts';
import { Turns } from './turns.ts';

type EnvironmentsOptions = {
  readonly programs: readonly FunctionProgram[];
  /** The variables of every function. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly maxConcurrency?: number;
  readonly maxEnvironments?: number;
  readonly idleLimitMs?: number;
  readonly initLimitMs?: number;
};
type Idle = { readonly name: string; readonly environment: ExecutionEnvironment; readonly timer: NodeJS.Timeout };

/** The execution environments of all functions. */
export class Environments implements Functions {
  readonly arnOf = arnOf;
  readonly nameOf = nameOf;
  readonly #options: EnvironmentsOptions;
  readonly #concurrency: Concurrency;
  readonly #calls: Turns;
  readonly #starts = new Turns(MAX_STARTS_AT_ONCE);
  readonly #all = new Set<ExecutionEnvironment>();
  /** The one that was used last comes last. */
  readonly #idle: Idle[] = [];
  #isClosed = false;

  /** @throws TooMuchReserved if the functions reserve all calls at once */
  constructor(options: EnvironmentsOptions) {
    this.#options = options;
    this.#concurrency = new Concurrency(options.programs, options.maxConcurrency ?? MAX_CONCURRENCY);
    this.#calls = new Turns(this.#maxEnvironments);
  }

  /** How many processes there are. */
  get count(): number {
    return this.#all.size;
  }

  /**
   * Calls a function and waits for its result.
   * @throws UnknownFunction, EventTooLarge, TooManyRequests before the call, and what ExecutionEnvironment throws
   */
  readonly invoke = async (name: string, event: unknown): Promise<unknown> => {
    const program = this.#options.programs.find((each) => each.name === name);
    if (program === undefined) throw new UnknownFunction(name);
    const text = eventText(event, MAX_EVENT_BYTES);
    return await this.#concurrency.run(name, () => this.#calls.run(() => this.#run(program, text)));
  };

  /** Ends all environments, also in the middle of a call. Calls that wait for their turn are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const environment of this.#all) environment.kill();
    await Promise.all([...this.#all].map(({ gone }) => gone));
  }

  get #maxEnvironments(): number {
    return this.#options.maxEnvironments ?? MAX_ENVIRONMENTS;
  }

  async #run(program: FunctionProgram, event: string): Promise<unknown> {
    const environment = this.#takeIdle(program.name) ?? (await this.#starts.run(() => this.#warmOrCold(program)));
    try {
      return await environment.invoke(event);
    } finally {
      if (environment.isAlive) this.#keep(program.name, environment);
    }
  }

  /** The environment that was used last, as AWS prefers a warm one. */
  #takeIdle(name: string): ExecutionEnvironment | undefined {
    const index = this.#idle.findLastIndex((idle) => idle.name === name);
    const [found] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (found === undefined) return undefined;
    clearTimeout(found.timer);
    return found.environment.isAlive ? found.environment : this.#takeIdle(name);
  }

  #keep(name: string, environment: ExecutionEnvironment): void {
    const { idleLimitMs = IDLE_LIMIT_MS } = this.#options;
    const timer = setTimeout(() => this.#remove(environment), idleLimitMs);
    this.#idle.push({ name, environment, timer });
  }

  /** While it waited for its turn to start cold, another call may have left an environment. */
  async #warmOrCold(program: FunctionProgram): Promise<ExecutionEnvironment> {
    return this.#takeIdle(program.name) ?? (await this.#startCold(program));
  }

  /** An init that takes too long is made once more, within the function's time-out. */
  async #startCold(program: FunctionProgram): Promise<ExecutionEnvironment> {
    const { initLimitMs = INIT_LIMIT_MS } = this.#options;
    try {
      return await this.#start(program, initLimitMs);
    } catch (error) {
      if (!(error instanceof FunctionTimedOut)) throw error;
      return await this.#start(program, program.timeoutSeconds * 1000);
    }
  }

  async #start(program: FunctionProgram, limitMs: number): Promise<ExecutionEnvironment> {
    if (this.#isClosed) throw new TooManyRequests();
    if (this.#all.size >= this.#maxEnvironments) this.#removeOldest();
    const { environment: variables, log } = this.#options;
    const environment = new ExecutionEnvironment({ program, environment: variables, log });
    this.#all.add(environment);
    void environment.gone.then(() => this.#all.delete(environment));
    await environment.init(limitMs);
    return environment;
  }

  #removeOldest(): void {
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#remove(oldest.environment);
  }

  #remove(environment: ExecutionEnvironment): void {
    const index = this.#idle.findIndex((idle) => idle.environment === environment);
    for (const { timer } of index < 0 ? [] : this.#idle.splice(index, 1)) clearTimeout(timer);
    environment.kill();
  }
}
