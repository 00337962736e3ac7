/** Ctrl-C: it ends what this program does, and nothing of the system. */

/** The program was interrupted. What it has asked of the system goes on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('Interrupted.');
  }
}

let controller: AbortController | undefined;

/** A signal that the first Ctrl-C (or a SIGTERM) aborts, with `Interrupted` as its reason. */
export function signalOfInterrupt(): AbortSignal {
  if (controller === undefined) {
    const made = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => made.abort(new Interrupted()));
    controller = made;
  }
  return controller.signal;
}
