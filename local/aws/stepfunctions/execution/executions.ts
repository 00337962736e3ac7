import { ROLE_ARN } from '#local/aws/stepfunctions/arns';
import type { Definition } from '#local/aws/stepfunctions/definition/definition';
import { loadDefinition } from '#local/aws/stepfunctions/definition/load-definition';
import { eventData } from '#local/aws/stepfunctions/history';
import { MAX_FINISHED_KEPT } from '#local/aws/stepfunctions/limits';
import { Execution } from './execution.ts';
import { runtimeFailure } from './failures.ts';
import type { Host } from './frame.ts';
import { interpret } from './interpreter.ts';
import { createJournal, type Header, readJournals } from './journal.ts';

/** The executions that run, and the MAX_FINISHED_KEPT newest of those that have ended. */
export class Executions {
  readonly #host: Host;
  readonly #directory: string | undefined;
  /** By ARN, the oldest first. */
  readonly #byArn = new Map<string, Execution>();

  constructor(host: Host, journalDirectory: string | undefined) {
    this.#host = host;
    this.#directory = journalDirectory;
  }

  /**
   * Reads the journals and resumes unfinished executions, each with the definition it started with.
   * @throws WrongJournal for a journal that cannot be read
   */
  resume(): void {
    if (this.#directory === undefined) return;
    for (const { header, journal, lines } of readJournals(this.#directory, this.#host.log)) {
      const execution = new Execution(header, journal, lines);
      this.#byArn.set(execution.arn, execution);
    }
    this.#dropOldest();
    for (const execution of this.#byArn.values()) if (!execution.ending) this.#resumeOne(execution);
  }

  /** Starts an execution with a new ARN, and records it before returning. */
  start(header: Header, definition: Definition): Execution {
    const journal = this.#directory === undefined ? undefined : createJournal(this.#directory, header);
    const execution = new Execution(header, journal);
    this.#byArn.set(execution.arn, execution);
    this.#run(execution, definition);
    return execution;
  }

  /** The execution of this ARN. */
  find(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  /** The newest first. */
  list(): Execution[] {
    return [...this.#byArn.values()].reverse();
  }

  /** Stops all work; unfinished executions stay in their journals. */
  suspend(): void {
    for (const execution of this.#byArn.values()) execution.suspend();
  }

  #resumeOne(execution: Execution): void {
    const { stateMachine, definition } = execution.header;
    try {
      this.#run(execution, loadDefinition(stateMachine, definition));
    } catch (error) {
      // A newer version of this program may refuse a definition that an older one accepted.
      const { failure } = runtimeFailure(String(error));
      this.#host.log(`The execution ${execution.arn} cannot go on: ${failure.cause}`);
      const ending = { status: 'FAILED' as const, ...failure, stoppedAt: this.#host.clock.now() };
      execution.end(ending, { type: 'ExecutionFailed', previousEventId: 0, details: failure });
    }
  }

  #run(execution: Execution, definition: Definition): void {
    const details = { ...eventData('input', JSON.parse(execution.header.input)), roleArn: ROLE_ARN };
    if (!execution.recall('started')) {
      const event = { type: 'ExecutionStarted', previousEventId: 0, details };
      execution.record('started', execution.header.startedAt, { event });
    }
    void interpret(execution, definition, this.#host).then(() => this.#dropOldest());
  }

  #dropOldest(): void {
    const finished = [...this.#byArn.values()].filter((each) => each.ending);
    for (const execution of finished.slice(0, Math.max(0, finished.length - MAX_FINISHED_KEPT))) {
      this.#byArn.delete(execution.arn);
      execution.forget();
    }
  }
}
