/** What the executor needs to know of an attempt: which handler runs on which input, for which task. */
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

/** The log of an attempt's handler: each line bears the attempt's ids. A handler's own fields never replace them. */
export function logOf(log: Log, { jobId, taskId, attempt, handler }: Attempt): Log {
  return (message, fields) => log(message, { ...fields, jobId, taskId, attempt, handler });
}

/** The variables of the processes that an attempt starts; the last is unique, and finds them again. */
export function environmentOf({ jobId, taskId, attempt }: Attempt, key: string): Record<string, string> {
  return {
    LASTCALL_JOB_ID: jobId,
    LASTCALL_TASK_ID: taskId,
    LASTCALL_ATTEMPT: String(attempt),
    [ATTEMPT_KEY]: key,
  };
}

/** The variable that marks the processes of an attempt. */
export const ATTEMPT_KEY = 'LASTCALL_ATTEMPT_KEY';
