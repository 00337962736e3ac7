/** What the handlers have written down: the runs that truly took place. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const Line = z.object({
  what: z.enum(['start', 'pulse', 'end']),
  at: z.number(),
  jobId: z.string(),
  taskId: z.string(),
  attempt: z.number(),
  pid: z.number(),
});

/** From its first word to its last; `ended` where it came to its own end. */
export type Run = {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly pid: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ended: boolean;
  /** More than one is one too many. */
  readonly starts: number;
};

/** The runs by job and task, in the order of their starts. A line that a kill has cut in two is left out. */
export function readRuns(file: string): Map<string, Run[]> {
  const runs = new Map<string, Run>();
  for (const { taskId, jobId, attempt, pid, at, what } of linesOf(file)) {
    const key = `${jobId} ${taskId} ${attempt} ${pid}`;
    const known = runs.get(key) ?? { jobId, taskId, attempt, pid, firstMs: at, lastMs: at, ended: false, starts: 0 };
    const starts = known.starts + (what === 'start' ? 1 : 0);
    runs.set(key, { ...known, lastMs: at, ended: known.ended || what === 'end', starts });
  }
  const sorted = [...runs.values()].sort((one, other) => one.firstMs - other.firstMs);
  return Map.groupBy(sorted, nameOf);
}

/** Names a task of any job. */
export function nameOf({ jobId, taskId }: { jobId: string; taskId: string }): string {
  return `${jobId}/${taskId}`;
}

function linesOf(file: string): z.infer<typeof Line>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [Line.parse(JSON.parse(line))] : []));
}
