/** Something to wait for with a limit: set at any time by anyone, heard once by the one who waits. */
export type Signal = { set(): void; wait(limitMs: number): Promise<void> };

/** Creates a signal; one that is set while nobody waits is heard by the next wait. */
export function createSignal(): Signal {
  let isSet = false;
  let hear: (() => void) | undefined;
  return {
    set() {
      isSet = true;
      hear?.();
    },
    async wait(limitMs) {
      if (!isSet) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs);
          hear = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isSet = false;
      hear = undefined;
    },
  };
}
