/** What an attempt can change for the next ones in its thread or process, although nothing of it runs any more. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** Half of what many systems let a process open. */
const MAX_KEPT_FILES = 512;
/** More than the threads of Node that read files. */
const TRIED_FILES = 8;
/** Listeners of these catch the faults of others. Those of signals are watched, too. */
const FAULTS = ['uncaughtException', 'unhandledRejection'];
/** What programs replace for a while: fake clocks, recorded output, their own JSON or promises. */
const OWNERS = { globalThis, JSON, Math, Date, Promise, 'Promise.prototype': Promise.prototype, console, process };

/** The state before the first attempt: each later one must find the same. */
export class ProcessState {
  readonly #before = readState();
  readonly #functions = Object.entries(OWNERS).map(functionsOf);
  readonly #ended: string[] = [];
  readonly #environment: NodeJS.ProcessEnv = { ...process.env };

  constructor() {
    // Node makes a standard stream that was ended look open again, but what it wrote to is shut down.
    process.stdout.once('finish', () => this.#ended.push('an ended stdout'));
    process.stderr.once('finish', () => this.#ended.push('an ended stderr'));
  }

  /** Sets the variables of the next attempt. */
  set(environment: Readonly<Record<string, string>>): void {
    Object.assign(process.env, environment);
    Object.assign(this.#environment, environment);
  }

  /** What is not as it was, in words. */
  get changes(): string[] {
    const now = readState();
    const changed = [...new Set([...this.#before.keys(), ...now.keys()])].filter(
      (name) => this.#before.get(name) !== now.get(name),
    );
    return [...changed, ...this.#ended, ...this.#changedVariables(), ...this.#changedFunctions(), ...tooManyFiles()];
  }

  /** A copy of all variables takes twice as long. */
  #changedVariables(): string[] {
    const before = this.#environment;
    const names = new Set(Object.keys(process.env));
    const changed = [...names].filter((name) => process.env[name] !== before[name]);
    const removed = Object.keys(before).filter((name) => !names.has(name));
    return [...changed, ...removed].map((name) => `the variable ${name}`);
  }

  #changedFunctions(): string[] {
    const found: string[] = [];
    for (const { name, owner, keys, values } of this.#functions) {
      for (let index = 0; index < keys.length; index += 1) {
        const key = keys[index] ?? '';
        if (Reflect.get(owner, key) !== values[index]) found.push(`another ${name}.${String(key)}`);
      }
    }
    for (const key in {}) found.push(`Object.prototype.${key}`);
    return found;
  }
}

function functionsOf([name, owner]: [string, object]) {
  const keys = Reflect.ownKeys(owner).filter(
    (key) => typeof Reflect.getOwnPropertyDescriptor(owner, key)?.value === 'function',
  );
  return { name, owner, keys, values: keys.map((key): unknown => Reflect.get(owner, key)) };
}

function readState(): Map<string, unknown> {
  const signals = process.eventNames().filter((name) => String(name).startsWith('SIG'));
  return new Map<string, unknown>([
    ['another working directory', directory()],
    ['another umask', isMainThread ? process.umask() : undefined],
    ['another stdout', fileOf(1)],
    ['another stderr', fileOf(2)],
    ['a catcher of faults', process.hasUncaughtExceptionCaptureCallback()],
    ...[...FAULTS, ...signals].map((name): [string, number] => [
      `listeners of ${String(name)}`,
      process.listenerCount(name),
    ]),
  ]);
}

/** A process can remove its own directory. */
function directory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** The file that has this number; undefined if it is closed. */
function fileOf(descriptor: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * The system gives out the lowest free number. A file that Node itself had open for a moment leaves a free one below
 * those that the attempt has opened, so several are tried. A thread shares the numbers of its server.
 */
function tooManyFiles(): string[] {
  const tried: number[] = [];
  try {
    while (tried.length < (isMainThread ? TRIED_FILES : 1)) tried.push(openSync(devNull, 'r'));
    const highest = Math.max(...tried);
    return isMainThread && highest > MAX_KEPT_FILES ? [`${highest} open files`] : [];
  } catch {
    return ['no free file descriptor'];
  } finally {
    for (const each of tried) closeSync(each);
  }
}
