/** What asks the local host to end. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// One Ctrl-C comes twice where npm passes on what the terminal has already sent to the whole process group.
const SAME_MS = 500;
const PARENT_CHECK_MS = 500;

/**
 * Settles with the first signal that asks this process to end, or with the end of the npm that has started it: npm's shell
 * passes no signal on. A later signal, the impatient user's second Ctrl-C, is told to `onSecond`; repetitions within half
 * a second count as one.
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

// Anyone else may have put us in the background on purpose, and then gone.
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
