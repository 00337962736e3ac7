/** One run of a task, as the executor is asked for it. */
export type Attempt = {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly handler: string;
  /** Any JSON value. */
  readonly input: unknown;
  readonly timeoutSeconds?: number;
};

/** Writes one line to the server's output. */
export type Log = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Logs what a handler says, together with what it is. A handler's own fields never replace these. */
export function logOf(log: Log, { jobId, taskId, attempt, handler }: Attempt): Log {
  return (message, fields) => log(message, { ...fields, jobId, taskId, attempt, handler });
}
