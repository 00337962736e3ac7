import { Attempts } from '#server/attempts/attempts';
import type { Executor } from '#server/execution/executor';

/** The attempts of a server, which nothing else follows. */
export function quietAttempts(executor: Executor, isClaimed: (jobId: string) => boolean = () => false): Attempts {
  const serverEnd = new AbortController().signal;
  return new Attempts({
    executor,
    serverEnd,
    onSlotFree() {},
    onFinished() {},
    onRecorded() {},
    isClaimed,
  });
}
