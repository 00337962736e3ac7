import { randomUUID } from 'node:crypto';
import { LeftProcesses } from '#processes/left-processes';
import type { Pace } from '#processes/paced-output';
import { type Exit, ProcessGroup } from '#processes/process-group';
import { ProcessMark } from '#processes/process-mark';
import { ATTEMPT_KEY, type Attempt, environmentOf, type Log, logOf } from '#server/execution/attempt';
import { type Ending, failed, finished } from '#server/execution/ending';
import type { HandlerSummary } from '#server/execution/messages';
import { RunningAttempt } from '#server/execution/running-attempt';
import { handlerEnvironment } from '#server/handlers/environment';
import type { TellReason } from '#server/sdk';
import { CommandOutput } from './command-output.ts';
import { howEnded } from './handler-process.ts';

type Program = HandlerSummary & { readonly command: readonly string[] };

type CommandOptions = { readonly program: Program; readonly log: Log; readonly pace: Pace };

/** Service managers and terminals stop all processes at once, so a program can hear of it before its server does. */
const STOP_SIGNALS: readonly unknown[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
/** A shell whose child was ended by a signal ends with 128 and the number of the signal. */
const STOP_CODES: readonly unknown[] = [128 + 15, 128 + 2, 128 + 1];
const SERVER_STOP_LIMIT_MS = 1_000;

/** Starts an attempt of a program, as `defineCommand` says. When it has ended, nothing that it started runs. */
export function startCommand(attempt: Attempt, { program, log, pace }: CommandOptions): RunningAttempt {
  const key = randomUUID();
  const mark = new ProcessMark();
  const processes = new LeftProcesses({ variable: `${ATTEMPT_KEY}=${key}`, mark });
  const env = { ...handlerEnvironment(), ...environmentOf(attempt, key) };
  const group = ProcessGroup.start({ argv: program.command, env, stdio: ['pipe', 'pipe', 'pipe'], mark });
  const output = new CommandOutput(group, pace);
  const told: Told = {};
  const running = new RunningAttempt(carrierOf(group, { program, told }));
  running.begin(attempt.timeoutSeconds);
  // A program need not read its input. Then the write fails, which is not a fault.
  group.leader.stdin?.on('error', () => undefined).end(JSON.stringify(attempt.input ?? null));
  const end = async () => {
    // What has left the group may hold the pipes open.
    const [exit] = await Promise.all([group.exit, group.exit.then(() => processes.end())]);
    await group.gone;
    running.gone(await endingOf(exit, { running, output, program, told, log: logOf(log, attempt) }));
  };
  void end();
  return running;
}

/** The signal that the program was sent because of a cancel. */
type Told = { signal?: NodeJS.Signals | undefined };

function carrierOf(group: ProcessGroup, { program: { cancelSignal }, told }: { program: Program; told: Told }) {
  return {
    group: group.leader.pid,
    tell(reason: TellReason) {
      // A signal ends a program that does not expect it: only its definition can say that it does.
      if (reason === 'Cancelling' && cancelSignal !== undefined && group.leader.kill(cancelSignal))
        told.signal = cancelSignal;
    },
    force: () => group.kill(),
  };
}

type Ended = {
  readonly running: RunningAttempt;
  readonly output: CommandOutput;
  readonly program: Program;
  readonly told: Told;
  readonly log: Log;
};

async function endingOf(exit: Exit, { running, output, program, told, log }: Ended): Promise<Ending> {
  if (exit.fault !== undefined) return { outcome: 'NotStarted', why: howEnded(exit) };
  const isStop = STOP_SIGNALS.includes(exit.signal) || STOP_CODES.includes(exit.code);
  if (isStop && (await isServerStopping(running))) return { outcome: 'Stopped' };
  if (exit.code === null)
    return failed('HandlerCrashed', `The handler did not return: ${howEnded(exit)}${afterSignal(told)}`);
  if (exit.code !== 0)
    return failed(
      'CommandFailed',
      `The program ended with exit code ${exit.code}${afterSignal(told)}: ${output.stderrTail}`,
    );
  if (output.tooMuch !== undefined) return failed('ResultTooLarge', output.tooMuch);
  if (program.output === 'text') return printed(output, log);
  const text = output.utf8;
  if (text === undefined) return failed('ResultNotJson', 'The program wrote bytes to stdout that are not UTF-8.');
  return /^[ \t\r\n]*$/.test(text) ? finished('null') : finished(text);
}

function afterSignal({ signal }: Told): string {
  return signal === undefined ? '' : `, after Lastcall had sent ${signal}, its cancelSignal, because of a cancel`;
}

/** What a program printed goes to the log, and the result is null. */
function printed(output: CommandOutput, log: Log): Ending {
  const stdout = output.text;
  if (stdout !== '') log('The program printed text.', { stdout });
  return finished('null');
}

/** The server hears the same signal within moments, if its end is why the program ended. */
async function isServerStopping({ serverStopping }: RunningAttempt): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), SERVER_STOP_LIMIT_MS);
  });
  return Promise.race([serverStopping.then(() => true), late]).finally(() => clearTimeout(timer));
}
