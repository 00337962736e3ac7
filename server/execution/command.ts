import { MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES } from '#domain/limits';
import { type Exit, type Group, openGroup } from '#processes/group';
import type { TellReason } from '#server/sdk';
import { type Attempt, type Log, logOf } from './attempt.ts';
import { type Ending, failed, finished } from './ending.ts';
import { crashed } from './isolated-process.ts';
import { Run } from './running-attempt.ts';

type CommandOptions = { readonly command: readonly string[]; readonly log: Log };

/** Runs an attempt's program, as `defineCommand` says; its process group is gone when the run has ended. */
export function startCommand(attempt: Attempt, { command, log }: CommandOptions): Run {
  const group = openGroup({ argv: command, env: environmentOf(attempt), stdio: ['pipe', 'pipe', 'pipe'], ipc: false });
  const tell = (reason: TellReason) => {
    // SIGTERM would end most programs; a server that stops lets them end by themselves for as long as it can.
    if (reason === 'Cancelling') group.leader.kill('SIGTERM');
  };
  const run = new Run({ tell, force: group.kill }, attempt.timeoutSeconds);
  const output = collectOutput(group);
  // A program need not read its input: then writing it fails, and that is no fault.
  group.leader.stdin?.on('error', () => undefined).end(JSON.stringify(attempt.input ?? null));
  void group.gone.then((exit) => run.gone(endingOf(exit, output(), logOf(log, attempt))));
  return run;
}

type Output = { readonly stdout: string; readonly stdoutBytes: number; readonly stderrTail: string };

function environmentOf({ jobId, taskId, attempt }: Attempt): NodeJS.ProcessEnv {
  const ids = { LASTCALL_JOB_ID: jobId, LASTCALL_TASK_ID: taskId, LASTCALL_ATTEMPT: String(attempt) };
  return { ...process.env, ...ids };
}

/** Keeps stdout up to the limit, and the end of stderr, which also goes to the server's own. */
function collectOutput({ leader }: Group): () => Output {
  let [stdout, stdoutBytes, stderrTail] = ['', 0, ''];
  leader.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdoutBytes += Buffer.byteLength(chunk);
    if (stdoutBytes <= MAX_RESULT_BYTES) stdout += chunk;
  });
  leader.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    process.stderr.write(chunk);
    stderrTail = (stderrTail + chunk).slice(-MAX_ERROR_CHARACTERS / 2);
  });
  return () => ({ stdout, stdoutBytes, stderrTail });
}

function endingOf(exit: Exit, { stdout, stdoutBytes, stderrTail }: Output, log: Log): Ending {
  if (exit.code === null) return crashed(exit);
  if (exit.code !== 0) return failed('CommandFailed', `The program ended with exit code ${exit.code}: ${stderrTail}`);
  if (stdoutBytes <= MAX_RESULT_BYTES) return finished(isJson(stdout, log) ? stdout : 'null');
  const limit = `the limit is ${MAX_RESULT_BYTES}; what is no result belongs on stderr`;
  return failed('ResultTooLarge', `The program wrote ${stdoutBytes} bytes on stdout, ${limit}.`);
}

/** A program may just print; what it said is worth keeping, but is no result. */
function isJson(stdout: string, log: Log): boolean {
  try {
    JSON.parse(stdout);
    return true;
  } catch {
    if (stdout !== '') log('The program wrote on stdout what is no JSON.', { stdout });
    return false;
  }
}
