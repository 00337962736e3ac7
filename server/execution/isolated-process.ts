import { fileURLToPath } from 'node:url';
import { type Exit, ProcessGroup } from '#processes/process-group';
import type { TellReason } from '#server/sdk';
import { type Attempt, type Log, logOf } from './attempt.ts';
import { type Ending, failed } from './ending.ts';
import { endingOf, type Order, reportSchema, startOrder } from './messages.ts';
import { RunningAttempt } from './running-attempt.ts';

const PROGRAM = fileURLToPath(new URL('./process-main.ts', import.meta.url));
/** A process has one attempt only. */
const SEQUENCE = 1;

type IsolatedOptions = { readonly handlersFile?: string; readonly log: Log };

/** Starts an attempt in a new Node process that leads its own group. When the attempt has ended, the group is gone. */
export function startIsolated(attempt: Attempt, { handlersFile, log }: IsolatedOptions): RunningAttempt {
  const group = ProcessGroup.start({
    argv: [process.execPath, PROGRAM, ...(handlersFile === undefined ? [] : [handlersFile])],
    env: process.env,
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: true,
  });
  const tell = (reason: TellReason) => post(group, { type: 'tell', sequence: SEQUENCE, reason });
  const running = new RunningAttempt({ tell, force: () => group.kill() }, attempt.timeoutSeconds);
  listen(group, running, logOf(log, attempt));
  post(group, startOrder(attempt, SEQUENCE));
  void group.gone.then((exit) => running.gone(crashed(exit)));
  return running;
}

/** The ending of an attempt whose process ended without reporting one. */
export function crashed({ code, signal, fault }: Exit): Ending {
  const how =
    fault ?? (signal === null ? `its process ended with exit code ${code}` : `its process ended by ${signal}`);
  return failed('HandlerCrashed', `The handler did not return: ${how}`);
}

function listen(group: ProcessGroup, running: RunningAttempt, log: Log): void {
  group.leader.on('message', (message) => {
    // A handler may send messages of its own: whatever is not a report is ignored.
    const { data: report } = reportSchema.safeParse(message);
    if (report?.type === 'log') log(report.message, report.fields ?? {});
    if (report?.type !== 'finished' && report?.type !== 'failed') return;
    // The processes that the handler leaves behind in its group end with it.
    if (running.endedByItself(endingOf(report))) group.kill();
  });
}

/** A send to a process that has just ended fails. It needs no care: the exit ends the attempt. */
function post({ leader }: ProcessGroup, order: Order): void {
  if (leader.connected) leader.send(order, () => undefined);
}
