import { MAX_RESULT_BYTES } from '#domain/limits';
import { type Exit, ProcessGroup } from '#processes/process-group';
import type { TellReason } from '#server/sdk';
import { type Attempt, type Log, logOf } from './attempt.ts';
import { CommandOutput } from './command-output.ts';
import { type Ending, failed, finished } from './ending.ts';
import { crashed } from './isolated-process.ts';
import { RunningAttempt } from './running-attempt.ts';

type CommandOptions = { readonly command: readonly string[]; readonly log: Log };

/** Starts an attempt of a program, as `defineCommand` says. When the attempt has ended, its process group is gone. */
export function startCommand(attempt: Attempt, { command, log }: CommandOptions): RunningAttempt {
  const env = environmentOf(attempt);
  const group = ProcessGroup.start({ argv: command, env, stdio: ['pipe', 'pipe', 'pipe'], ipc: false });
  const output = new CommandOutput(group.leader);
  const running = new RunningAttempt(carrierOf(group), attempt.timeoutSeconds);
  // A program need not read its input. Then the write fails, which is not a fault.
  group.leader.stdin?.on('error', () => undefined).end(JSON.stringify(attempt.input ?? null));
  void group.gone.then((exit) => running.gone(endingOf(exit, output, logOf(log, attempt))));
  return running;
}

function environmentOf({ jobId, taskId, attempt }: Attempt): NodeJS.ProcessEnv {
  const ids = { LASTCALL_JOB_ID: jobId, LASTCALL_TASK_ID: taskId, LASTCALL_ATTEMPT: String(attempt) };
  return { ...process.env, ...ids };
}

function carrierOf(group: ProcessGroup) {
  return {
    tell(reason: TellReason) {
      // SIGTERM would end most programs. A server that stops lets them run as long as it can.
      if (reason === 'Cancelling') group.leader.kill('SIGTERM');
    },
    force: () => group.kill(),
  };
}

function endingOf(exit: Exit, { stdout, stdoutBytes, stderrTail }: CommandOutput, log: Log): Ending {
  if (exit.code === null) return crashed(exit);
  if (exit.code !== 0) return failed('CommandFailed', `The program ended with exit code ${exit.code}: ${stderrTail}`);
  if (stdoutBytes <= MAX_RESULT_BYTES) return finished(isJson(stdout, log) ? stdout : 'null');
  const limit = `the limit is ${MAX_RESULT_BYTES}; write what is not the result to stderr`;
  return failed('ResultTooLarge', `The program wrote ${stdoutBytes} bytes to stdout, ${limit}.`);
}

/** A program may just print. What it printed goes to the log, and the result is null. */
function isJson(stdout: string, log: Log): boolean {
  try {
    JSON.parse(stdout);
    return true;
  } catch {
    if (stdout !== '') log('The program wrote text to stdout that is not JSON.', { stdout });
    return false;
  }
}
