/** The exit codes of every command, and the errors that lead to them. */

export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  refused: 3,
  notAllowed: 4,
  timedOut: 124,
  interrupted: 130,
} as const;
/** How the program ends. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** By the status of a refusal; others are failures. */
const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.wrongUse,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  409: EXIT.refused,
  413: EXIT.wrongUse,
};

/** A command that cannot go on. `next` is what to do about it: a command, where there is one. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly exitCode: ExitCode;
  readonly next: string | undefined;

  constructor(message: string, { exitCode, next }: { readonly exitCode: ExitCode; readonly next?: string }) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** A command that was used in a wrong way. */
export function wrongUse(message: string, next?: string): Stopped {
  return new Stopped(message, { exitCode: EXIT.wrongUse, ...(next === undefined ? {} : { next }) });
}

/** The exit code of a refusal with this status. */
export function exitCodeOf(status: number): ExitCode {
  return BY_STATUS[status] ?? EXIT.failed;
}
