/** Runs the program `lastcall` as a user of a shell does, with files of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

const SOURCE = join(import.meta.dirname, '..', '..', '..', 'bin', 'lastcall.js');
/** The program of the repository. */
const PROGRAM = [process.execPath, '--disable-warning=ExperimentalWarning', SOURCE];

/** What a run has printed, and its exit code. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
export type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** All that it has printed on stdout so far. */
  stdout(): string;
  /** All that it has printed on stderr so far. */
  stderr(): string;
};
export type Terminal = {
  /** The folder of its files: configuration, state, and what it runs in. */
  readonly folder: string;
  start(args: readonly string[], input?: string): Running;
  run(...args: string[]): Promise<Ran>;
  /** Starts it at a terminal of its own, by `script` of util-linux: it can ask, and all that it prints is on stdout. */
  ask(...args: string[]): Running;
  /** What bash offers when Tab is pressed after these words, by the completion that the program prints. */
  bash(words: readonly string[]): Promise<string[]>;
  /** Like `run`, with this on stdin. */
  feed(input: string, ...args: string[]): Promise<Ran>;
};

/** For bash, with the completion on stdin: its arguments are the words of a command line, the last one being typed. */
const pressTab = (program: readonly string[]) => `
  lastcall() { ${program.join(' ')} "$@"; }
  eval "$(cat)"
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
  set -- $(complete -p lastcall)
  while [ $# -gt 0 ] && [ "$1" != -F ]; do shift; done
  "$2" lastcall
  printf '%s\\n' "\${COMPREPLY[@]}"`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A shell on a machine of its own, for this system; `program` is what it runs, by default the source. */
export function openTerminal(
  url: string,
  environment: NodeJS.ProcessEnv = {},
  program: readonly string[] = PROGRAM,
): Terminal {
  const [node = '', ...given] = program;
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-cli-'));
  folders.push(folder);
  const { LASTCALL_TOKEN: _token, CI: _ci, ...inherited } = process.env;
  const env = {
    ...inherited,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    LASTCALL_URL: url,
    ...environment,
  };
  const start = (args: readonly string[], input?: string): Running => {
    const child = spawn(node, [...given, ...args], { env, cwd: folder });
    child.stdin.end(input);
    return follow(child);
  };
  const run = (...args: string[]) => start(args).ended;
  const ask = (...args: string[]) => {
    const line = [...program, ...args].join(' ');
    return follow(spawn('script', ['-qfec', line, '/dev/null'], { env: { ...env, TERM: 'xterm' }, cwd: folder }));
  };
  let completion: Promise<Ran> | undefined;
  const bash = async (words: readonly string[]) => {
    completion ??= run('completion', 'bash');
    const child = spawn('bash', ['--norc', '-c', pressTab(program), 'bash', ...words], { env, cwd: folder });
    child.stdin.end((await completion).stdout);
    const { stdout } = await follow(child).ended;
    return stdout
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  };
  return { folder, start, run, ask, bash, feed: (input, ...args) => start(args, input).ended };
}

function follow(child: ChildProcess): Running {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...texts }));
  return { child, ended, stdout: () => texts.stdout, stderr: () => texts.stderr };
}
