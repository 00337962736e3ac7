/**
 * The guarded writes of the server abort, each one atomic: what `engine/servers/`, `store/aborts.ts` and
 * `engine/aborts/withdraw-abort.ts` write.
 */
import { SERVER_MOVES } from '#domain/status-moves';
import { isFinalAbort, type ServerStatus } from '#domain/statuses';
import type { AbortRules, AbortState, ModelAbort } from './abort-state.ts';

const LATE: readonly ServerStatus[] = ['Stopping', 'Lost', 'Stopped'];

/** Drains the server for the abort. A server that is being stopped only notes the name of the abort. */
export function drainServer({ server }: AbortState, abort: ModelAbort, rules: AbortRules): void {
  if (isOneOf(SERVER_MOVES.drain.from, server.status)) {
    server.status = SERVER_MOVES.drain.to;
    abort.named = true;
  } else if (rules.joinStopping && LATE.includes(server.status)) abort.named = true;
}

/** Takes the abort off a draining server. */
export function takeOff({ server }: AbortState, abort: ModelAbort, rules: AbortRules): void {
  const from = rules.resumeOnlyDraining ? SERVER_MOVES.resume.from : ['Draining', 'Stopping'];
  if (isOneOf(from, server.status)) abort.named = false;
}

/** Sends a draining server back to work if no abort names it any more. */
export function resumeServer({ server, aborts, process }: AbortState, rules: AbortRules): void {
  const from = rules.resumeOnlyDraining ? SERVER_MOVES.resume.from : ['Draining', 'Stopping'];
  if (!isOneOf(from, server.status)) return;
  if (rules.resumeOnlyUnnamed && aborts.some((abort) => abort.named)) return;
  server.status = SERVER_MOVES.resume.to;
  // What was claimed during a drain that is over may start.
  process.late = false;
  for (const abort of aborts) abort.drainToken = false;
}

/** Requests the stop of a server that drains for the abort. Returns whether the stop is under way. */
export function requestStop(state: AbortState, abort: ModelAbort, rules: AbortRules): boolean {
  const { server } = state;
  if (!isOneOf(SERVER_MOVES.stop.from, server.status)) return false;
  if (!abort.named && rules.stopOnlyNamed) return false;
  state.wronged ||= !abort.named || !isOpen(abort);
  Object.assign(server, { status: SERVER_MOVES.stop.to, stopAsked: true });
  abort.stopToken = true;
  return true;
}

/** Records the proof of stop. The process that brings it settles, and then answers the callbacks. */
export function proveStopped({ server, ecs }: AbortState): void {
  if (isOneOf(SERVER_MOVES.proveStopped.from, server.status)) server.status = SERVER_MOVES.proveStopped.to;
  ecs.answering = true;
}

/** Takes a failed abort off a server whose stop ECS has not accepted. */
export function takeOffStopping({ server }: AbortState, abort: ModelAbort, rules: AbortRules): void {
  if (mayRecall(server, rules)) abort.named = false;
}

/** Sends such a server back to work if no other abort has requested its stop. */
export function recallServer({ server, aborts, process }: AbortState, rules: AbortRules): void {
  if (!mayRecall(server, rules) || aborts.some((abort) => abort.named)) return;
  Object.assign(server, { status: SERVER_MOVES.recall.to, stopAsked: false });
  process.late = false;
  for (const abort of aborts) Object.assign(abort, { drainToken: false, stopToken: false });
}

function mayRecall({ status, accepted }: AbortState['server'], rules: AbortRules): boolean {
  return (
    rules.recallUnaccepted && isOneOf(SERVER_MOVES.recall.from, status) && !(accepted && rules.recallOnlyUnaccepted)
  );
}

/** Ends the abort if nothing that it asked for is outstanding. A server that does not name it was resumed. */
export function completeAbort({ server }: AbortState, abort: ModelAbort): void {
  if (!isOpen(abort)) return;
  if (abort.failed) abort.status = 'Failed';
  else if (!abort.named) abort.status = 'Withdrawn';
  else if (server.settled) abort.status = 'Completed';
}

/** Takes the record of an abort away. */
export function forget(abort: ModelAbort): void {
  Object.assign(abort, { status: '', inForce: false, linked: false, withdrawn: false });
}

/** Whether an abort is open. */
export function isOpen({ status }: ModelAbort): boolean {
  return status !== '' && !isFinalAbort(status);
}

/** Whether the bystander counts as running on server 0 for a plan: its record says so. */
export function isInPlan({ server, bystander }: AbortState): boolean {
  return isAliveStatus(server.status) && bystander.status === 'Executing' && bystander.holder === 0;
}

export function isAliveStatus(status: ServerStatus): boolean {
  return isOneOf(SERVER_MOVES.declareLost.from, status);
}

export function isOneOf(statuses: readonly string[], status: string): boolean {
  return statuses.includes(status);
}
