import { describe, expect, test } from '@jest/globals';
import { ABORT_MOVES, JOB_MOVES, type Move, SERVER_MOVES, TASK_MOVES } from '#domain/status-moves';
import {
  ABORT_PHASES,
  ABORT_STATUSES,
  isFinalAbort,
  isFinalJob,
  isFinalTask,
  JOB_PHASES,
  JOB_STATUSES,
  OPEN_ABORT_STATUSES,
  SERVER_STATUSES,
  TASK_STATUSES,
} from '#domain/statuses';
import { cellsOf, readTable } from '#test/support/domain/table';

// Each cell: the status to which the move of this row leads from the status of this column; a dash: it is refused.
const JOBS = `
  Withhold    Waiting     Executing   Cancelling  Finished  Error  Cancelled
  hold        -           Withhold    -           -         -      -          -
  release     Waiting     -           -           -         -      -          -
  start       -           Executing   -           -         -      -          -
  cancel      Cancelling  Cancelling  Cancelling  -         -      -          -
  finish      Finished    Finished    Finished    -         -      -          -
  fail        Error       Error       Error       -         -      -          -
  requeue     -           -           -           -         Waiting Waiting   Waiting
  requeueHeld -           -           -           -         Withhold Withhold Withhold
  endCancel   -           -           -           Cancelled -      -          -`;

const TASKS = `
  Waiting        Ready   Executing  Cancelling  Finished   Error  NotRun  Cancelled
  unlock         Ready   -          -           -          -      -       -          -
  skip           NotRun  -          -           -          -      -       -          -
  claim          -       Executing  -           -          -      -       -          -
  undoClaim      -       -          Ready       -          -      -       -          -
  dropClaim      -       -          NotRun      NotRun     -      -       -          -
  retry          -       -          Ready       -          -      -       -          -
  restart        -       -          Ready       -          -      -       -          -
  finish         -       -          Finished    Finished   -      -       -          -
  fail           -       -          Error       Error      -      -       -          -
  interrupt      -       -          Error       -          -      -       -          -
  drop           NotRun  NotRun     -           -          -      -       -          -
  requeue        -       -          -           -          Ready  Ready   Ready      Ready
  requeueWaiting -       -          -           -          Waiting Waiting Waiting   Waiting
  markCancelling -       -          Cancelling  -          -      -       -          -
  stop           -       -          -           Cancelled  -      -       -          -`;

const SERVERS = `
  Active         Draining  Stopping  Stopped  Lost
  drain          Draining  Draining  -        -        -
  resume         -         Active    -        -        -
  stop           -         Stopping  Stopping -        -
  recall         -         -         Active   -        -
  declareLost    Lost      Lost      Lost     -        -
  proveStopped   Stopped   Stopped   Stopped  -        Stopped`;

const ABORTS = `
  Draining   Restarting  Stopping   Completed  Withdrawn  Failed
  restart    Restarting  -          -          -          -          -
  complete   Completed   Completed  Completed  -          -          -
  withdraw   Withdrawn   Withdrawn  Withdrawn  -          -          -
  fail       Failed      Failed     Failed     -          -          -`;

type Kind = { moves: Readonly<Record<string, Move<string>>>; statuses: readonly string[]; drawing: string };
const KINDS: [string, Kind][] = [
  ['job', { moves: JOB_MOVES, statuses: JOB_STATUSES, drawing: JOBS }],
  ['task', { moves: TASK_MOVES, statuses: TASK_STATUSES, drawing: TASKS }],
  ['abort', { moves: ABORT_MOVES, statuses: ABORT_STATUSES, drawing: ABORTS }],
  ['server', { moves: SERVER_MOVES, statuses: SERVER_STATUSES, drawing: SERVERS }],
];

describe.each(KINDS)('the moves of a %s', (_, { moves, statuses, drawing }) => {
  const table = readTable(drawing);

  test('the table names every move and every status, and nothing else', () => {
    expect(Object.keys(moves).sort()).toEqual([...table.rows.keys()].sort());
    expect([...statuses].sort()).toEqual([...table.columns].sort());
    for (const cells of table.rows.values()) expect(cells).toHaveLength(table.columns.length);
  });

  test.each(cellsOf(table))('%s from %s leads to %s', (name, status, expected) => {
    const move = moves[name];
    expect(move?.from.includes(status) ? move.to : '-').toBe(expected);
  });
});

test('no move but a requeue leaves a final status', () => {
  expect(leaving(JOB_MOVES, ['Finished', 'Error', 'Cancelled'])).toEqual(['requeue', 'requeueHeld']);
  expect(leaving(TASK_MOVES, ['Finished', 'Error', 'NotRun', 'Cancelled'])).toEqual(['requeue', 'requeueWaiting']);
  expect(leaving(SERVER_MOVES, ['Stopped'])).toEqual([]);
  expect(leaving(ABORT_MOVES, ['Completed', 'Withdrawn', 'Failed'])).toEqual([]);
});

test('a requeue leaves only a final status', () => {
  for (const { from } of [JOB_MOVES.requeue, JOB_MOVES.requeueHeld]) expect(from.every(isFinalJob)).toBe(true);
  for (const { from } of [TASK_MOVES.requeue, TASK_MOVES.requeueWaiting]) expect(from.every(isFinalTask)).toBe(true);
});

test('exactly these statuses are final', () => {
  expect(JOB_STATUSES.filter(isFinalJob)).toEqual(['Finished', 'Error', 'Cancelled']);
  expect(TASK_STATUSES.filter(isFinalTask)).toEqual(['Finished', 'Error', 'NotRun', 'Cancelled']);
  expect(ABORT_STATUSES.filter(isFinalAbort)).toEqual(['Completed', 'Withdrawn', 'Failed']);
});

test('an abort that has not ended is open, and its phases are Requested and those of a job', () => {
  expect(ABORT_STATUSES.filter((status) => !isFinalAbort(status))).toEqual(OPEN_ABORT_STATUSES);
  expect(ABORT_PHASES).toEqual(['Requested', ...JOB_PHASES]);
});

test('a status that is not final can be left, and every final one can be reached', () => {
  const reached = (moves: Readonly<Record<string, Move<string>>>) => Object.values(moves).map((move) => move.to);
  const left = (moves: Readonly<Record<string, Move<string>>>) => Object.values(moves).flatMap((move) => move.from);
  expect(left(JOB_MOVES)).toEqual(expect.arrayContaining(JOB_STATUSES.filter((status) => !isFinalJob(status))));
  expect(left(TASK_MOVES)).toEqual(expect.arrayContaining(TASK_STATUSES.filter((status) => !isFinalTask(status))));
  expect(left(ABORT_MOVES)).toEqual(expect.arrayContaining(OPEN_ABORT_STATUSES.slice()));
  expect(reached(ABORT_MOVES)).toEqual(expect.arrayContaining(ABORT_STATUSES.filter(isFinalAbort)));
  expect(reached(JOB_MOVES)).toEqual(expect.arrayContaining(JOB_STATUSES.filter(isFinalJob)));
  expect(reached(TASK_MOVES)).toEqual(expect.arrayContaining(TASK_STATUSES.filter(isFinalTask)));
});

test('a task that is marked for stopping never becomes Ready again', () => {
  const back = Object.entries(TASK_MOVES).filter(([, move]) => move.to === 'Ready');
  expect(back.map(([name]) => name).sort()).toEqual(['requeue', 'restart', 'retry', 'undoClaim', 'unlock']);
  for (const [, move] of back) expect(move.from).not.toContain('Cancelling');
});

/** The names of the moves that start from one of these statuses. */
function leaving(moves: Readonly<Record<string, Move<string>>>, statuses: readonly string[]): string[] {
  return Object.entries(moves)
    .filter(([, { from }]) => from.some((status) => statuses.includes(status)))
    .map(([name]) => name);
}
