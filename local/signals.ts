/** The signals that end the local host. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// One Ctrl-C can arrive twice: from the terminal, and from npm, which passes it on.
const SAME_MS = 500;
const PARENT_CHECK_MS = 500;

/**
 * Returns the first signal that asks this process to end, or the end of the npm that started it: npm's shell passes no
 * signal on. A later signal (a second Ctrl-C) calls `onSecond`; signals within SAME_MS count as one.
 */
export function firstStopRequest(onSecond: () => void): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt !== undefined && performance.now() - firstAt > SAME_MS) onSecond();
      firstAt ??= performance.now();
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    if (isRunByNpm()) watchParent(() => resolve('npm has ended'));
  });
}

// Any other parent may have started this process in the background and ended.
function isRunByNpm(): boolean {
  return ['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '');
}

function watchParent(onLost: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onLost();
  }, PARENT_CHECK_MS);
}
