/** Reads what the witness handlers have written down: the runs of handlers that truly took place. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The module of the witness handlers, for `--handlers`. */
export const WITNESS = join(import.meta.dirname, 'handlers.ts');

const lineSchema = z.object({
  what: z.enum(['start', 'pulse', 'end']),
  at: z.number(),
  jobId: z.string(),
  taskId: z.string(),
  attempt: z.number(),
  pid: z.number(),
});

/** One run of a handler, from its first line to its last. */
export type WitnessedRun = {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly pid: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Whether it came to its own end. */
  readonly ended: boolean;
  /** More than one is one too many. */
  readonly starts: number;
};

/** The runs in the file, in the order of their starts. A line that a kill has cut in two is left out. */
export function readRuns(file: string): WitnessedRun[] {
  const runs = new Map<string, WitnessedRun>();
  for (const { taskId, jobId, attempt, pid, at, what } of linesOf(file)) {
    const key = `${jobId} ${taskId} ${attempt} ${pid}`;
    const known = runs.get(key) ?? { jobId, taskId, attempt, pid, firstMs: at, lastMs: at, ended: false, starts: 0 };
    const starts = known.starts + (what === 'start' ? 1 : 0);
    runs.set(key, { ...known, lastMs: at, ended: known.ended || what === 'end', starts });
  }
  return [...runs.values()].sort((one, other) => one.firstMs - other.firstMs);
}

/** Ends the handlers of kind `held` that write to the file. */
export function release(file: string): void {
  writeFileSync(`${file}.released`, '');
}

/** Names a task of any job. */
export function nameOf({ jobId, taskId }: { jobId: string; taskId: string }): string {
  return `${jobId}/${taskId}`;
}

/** The violations of "no run starts twice", "no two runs of a task at once" and "no attempt twice", in words. */
export function overlapsOf(runs: readonly WitnessedRun[]): string[] {
  return runs.flatMap((run, index) => {
    const earlier = runs.slice(0, index).filter((other) => nameOf(other) === nameOf(run));
    const doubled = earlier.filter((other) => other.attempt >= run.attempt);
    const overlapping = earlier.filter((other) => other.lastMs > run.firstMs);
    return [
      ...(run.starts > 1 ? [`${run.taskId}: attempt ${run.attempt} started ${run.starts} times`] : []),
      ...doubled.map((other) => `${run.taskId}: attempt ${run.attempt} started after attempt ${other.attempt}`),
      ...overlapping.map((other) => `${run.taskId}: attempt ${run.attempt} overlaps attempt ${other.attempt}`),
    ];
  });
}

function linesOf(file: string): z.infer<typeof lineSchema>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) =>
    line.startsWith('{') && line.endsWith('}') ? [lineSchema.parse(JSON.parse(line))] : [],
  );
}
