/** Where an abort is in its workflow, by its record. */
import type { Abort } from '#console/api/types.ts';
import { isFinalAbort } from '#domain/statuses';
import { STATES, STOP_TIMEOUT_SECONDS } from './workflow.ts';

/** The states after the drain of an abort that was taken back are `withdrawn`: it completed nothing. */
type Progress = 'ahead' | 'current' | 'passed' | 'failed' | 'withdrawn';
/** How far an abort is with a state, and which of its servers are there now. */
export type Standing = { readonly progress: Progress; readonly serverIds: readonly string[] };
type Lane = Abort['servers'][number];
/** The states that a server has passed, and the one where it is. */
type Way = { readonly passed: readonly string[]; readonly at?: string };

/** The standing of each state, by its name. */
export function standingsOf(abort: Abort, nowMs: number): ReadonlyMap<string, Standing> {
  const isFinal = isFinalAbort(abort.status);
  const ways = abort.servers.map((lane) => ({ serverId: lane.serverId, ...wayOf(lane, nowMs) }));
  const isAt = (name: string) => (isFinal ? [] : ways.filter(({ at }) => at === name));
  const end = endOf(abort, { isUnderWay: ways.some(({ at }) => at !== undefined) });
  const passed = new Set([...ways.flatMap((way) => way.passed), ...end.passed]);
  const progressOf = (name: string): Progress => {
    if (abort.failure?.step === name) return 'failed';
    if (isAt(name).length > 0 || end.at === name) return 'current';
    if (abort.status === 'Withdrawn' && end.passed.includes(name)) return 'withdrawn';
    return passed.has(name) ? 'passed' : 'ahead';
  };
  return new Map(
    STATES.map(({ name }) => {
      const serverIds = isAt(name).map(({ serverId }) => serverId);
      return [name, { progress: progressOf(name), serverIds }];
    }),
  );
}

function wayOf(lane: Lane, nowMs: number): Way {
  if (lane.withdrawnAt !== undefined) return { passed: ['DrainServer', 'SpareServer'] };
  if (lane.settledAt !== undefined) return { passed: ['DrainServer', 'StopServer', 'SettleServer'] };
  if (lane.stoppedAt !== undefined) return { passed: ['DrainServer', 'StopServer'], at: 'SettleServer' };
  if (lane.stopRequestedAt === undefined) return { passed: [], at: 'DrainServer' };
  const isOverdue = nowMs - Date.parse(lane.stopRequestedAt) > STOP_TIMEOUT_SECONDS * 1000;
  return isOverdue
    ? { passed: ['DrainServer', 'StopServer'], at: 'FindStopProof' }
    : { passed: ['DrainServer'], at: 'StopServer' };
}

/** The states after the restarts. */
function endOf({ status, failure }: Abort, { isUnderWay }: { isUnderWay: boolean }): Way {
  if (failure !== undefined) {
    const isOfServer = STATES.some(({ name, within }) => name === failure.step && within !== undefined);
    return { passed: [...(isOfServer ? ['FailRestart'] : []), 'FailAbort', 'Failed'] };
  }
  if (isFinalAbort(status)) return { passed: ['CompleteAbort', 'Completed'] };
  return isUnderWay ? { passed: [] } : { passed: [], at: 'CompleteAbort' };
}
