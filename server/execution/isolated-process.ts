import { fileURLToPath } from 'node:url';
import { type Exit, type Group, openGroup } from '#processes/group';
import type { TellReason } from '#server/sdk';
import { type Attempt, type Log, logOf } from './attempt.ts';
import { type Ending, failed } from './ending.ts';
import { endingOf, type Order, reportSchema } from './messages.ts';
import { Run } from './running-attempt.ts';

const PROGRAM = fileURLToPath(new URL('./process-main.ts', import.meta.url));
/** A process has one attempt only. */
const SEQUENCE = 1;

type IsolatedOptions = { readonly handlersFile?: string; readonly log: Log };

/** Runs an attempt's handler in a new Node process that leads a group of its own; the group is gone when the run has ended. */
export function startIsolated(attempt: Attempt, { handlersFile, log }: IsolatedOptions): Run {
  const group = openGroup({
    argv: [process.execPath, PROGRAM, ...(handlersFile === undefined ? [] : [handlersFile])],
    env: process.env,
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: true,
  });
  const tell = (reason: TellReason) => post(group, { type: 'tell', sequence: SEQUENCE, reason });
  const run = new Run({ tell, force: group.kill }, attempt.timeoutSeconds);
  listen(group, run, logOf(log, attempt));
  const { jobId, taskId, handler, input } = attempt;
  post(group, { type: 'run', sequence: SEQUENCE, jobId, taskId, attempt: attempt.attempt, handler, input });
  void group.gone.then((exit) => run.gone(crashed(exit)));
  return run;
}

/** The ending of an attempt whose process ended without one. */
export function crashed({ code, signal, fault }: Exit): Ending {
  const how =
    fault ?? (signal === null ? `its process ended with exit code ${code}` : `its process ended by ${signal}`);
  return failed('HandlerCrashed', `The handler did not come to an end: ${how}`);
}

function listen(group: Group, run: Run, log: Log): void {
  group.leader.on('message', (message) => {
    // A handler may send messages as well; what is no report does not count.
    const { data: report } = reportSchema.safeParse(message);
    if (report?.type === 'log') log(report.message, report.fields ?? {});
    if (report?.type !== 'finished' && report?.type !== 'failed') return;
    // What the handler leaves behind in its group ends with it.
    if (run.endedByItself(endingOf(report))) group.kill();
  });
}

/** A process that has just ended hears no more; its exit, and not the failed sending, ends the attempt. */
function post({ leader }: Group, order: Order): void {
  if (leader.connected) leader.send(order, () => undefined);
}
