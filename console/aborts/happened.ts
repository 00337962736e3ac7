/** The timeline of an abort in words. */
import type { Abort } from '#console/api/types.ts';
import { inWords } from '#console/parts/words.ts';
import { taskBecame } from './outcomes.ts';

type Entry = Abort['timeline'][number];

/** `server 1cba3cb0 drains`. */
export function happened(entry: Entry): string {
  return SENTENCES[entry.type]?.(entry) ?? inWords(entry.type);
}

const SENTENCES: Readonly<Record<string, (entry: Entry) => string>> = {
  Requested: (entry) => `requested by ${person(entry)}`,
  WithdrawRequested: (entry) =>
    `${person(entry)} asked to withdraw it${entry.reason === undefined ? '' : `: ${entry.reason}`}`,
  Draining: (entry) => `${server(entry)} drains: it claims nothing more`,
  Drained: (entry) => `${server(entry)} is drained`,
  DeadlineReached: (entry) => `the drain of ${server(entry)} has reached its deadline`,
  StopRequested: (entry) => `ECS was asked to stop ${server(entry)}`,
  ContainerStopped: (entry) =>
    `the container of ${server(entry)} has stopped${entry.exitCode === undefined ? '' : ` with exit code ${entry.exitCode}`}`,
  Settled: (entry) => `${server(entry)} is fenced, and what it ran is settled`,
  ReplacementSeen: (entry) => `${server(entry)} is replaced by ${short(entry.replacedBy)}`,
  Resumed: (entry) => `${server(entry)} is back at work`,
  TaskEnded: (entry) => `task ${entry.taskId} has ended: it ${taskBecame(String(entry.outcome))}`,
  Failed: (entry) => `the abort failed at ${entry.step}: ${entry.reason}`,
  Completed: () => 'the abort is completed',
  Withdrawn: () => 'the abort is withdrawn',
};

function person({ by, byName }: Entry): string {
  return String(byName ?? by);
}

function server({ serverId }: Entry): string {
  return `server ${short(serverId)}`;
}

function short(serverId: unknown): string {
  return String(serverId).slice(0, 8);
}
