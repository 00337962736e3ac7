/** Reads what the witness handlers have written down. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The handlers module, for `--handlers`. */
export const WITNESS = join(import.meta.dirname, 'witness.ts');

const Line = z.object({
  what: z.enum(['start', 'pulse', 'end']),
  at: z.number(),
  jobId: z.string(),
  taskId: z.string(),
  attempt: z.number(),
  pid: z.number(),
});

/** A run that truly took place: from its first word to its last; `ended` where it came to its own end. */
export type WitnessedRun = {
  readonly taskId: string;
  readonly attempt: number;
  readonly pid: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ended: boolean;
};

/** The runs that the file tells of, in the order of their starts. A line that a kill has cut in two is left out. */
export function witnessedRuns(file: string): WitnessedRun[] {
  const runs = new Map<string, WitnessedRun>();
  for (const { taskId, jobId, attempt, pid, at, what } of linesOf(file)) {
    const key = `${jobId} ${taskId} ${attempt} ${pid}`;
    const firstMs = what === 'start' ? at : (runs.get(key)?.firstMs ?? at);
    if (what === 'start' && runs.has(key)) throw new Error(`The run ${key} has started twice.`);
    runs.set(key, { taskId, attempt, pid, firstMs, lastMs: at, ended: what === 'end' });
  }
  return [...runs.values()].sort((one, other) => one.firstMs - other.firstMs);
}

/** What breaks "no two runs of a task at once" and "no attempt twice", in words; empty when all is well. */
export function overlapsOf(runs: readonly WitnessedRun[]): string[] {
  return runs.flatMap((run, index) => {
    const earlier = runs.slice(0, index).filter((other) => other.taskId === run.taskId);
    const doubled = earlier.filter((other) => other.attempt >= run.attempt);
    const overlapping = earlier.filter((other) => other.lastMs > run.firstMs);
    return [
      ...doubled.map((other) => `${run.taskId}: attempt ${run.attempt} started after attempt ${other.attempt}`),
      ...overlapping.map((other) => `${run.taskId}: attempt ${run.attempt} overlaps attempt ${other.attempt}`),
    ];
  });
}

function linesOf(file: string): z.infer<typeof Line>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [Line.parse(JSON.parse(line))] : []));
}
