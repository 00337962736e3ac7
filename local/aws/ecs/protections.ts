/** Whether a container task is protected from scale-in, and until when (ISO-8601 UTC). */
type Protection = {
  readonly enabled: boolean;
  readonly expiresAt?: string;
};

type Lease = {
  readonly expiresAt: Date;
  readonly timer: NodeJS.Timeout;
};

/** The scale-in protections of container tasks. Each ends when it expires. */
export class TaskProtections {
  readonly #leases = new Map<string, Lease>();
  readonly #onEnd: () => void;

  /** `onEnd` is called when a protection ends: a scale-in may be waiting for it. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Protects a task for this many minutes from now. Replaces an earlier protection. */
  protect(taskArn: string, minutes: number): void {
    this.clear(taskArn);
    const waitMs = minutes * 60_000;
    const timer = setTimeout(() => this.end(taskArn), waitMs).unref();
    this.#leases.set(taskArn, { expiresAt: new Date(Date.now() + waitMs), timer });
  }

  /** Ends the protection, if there is one. */
  end(taskArn: string): void {
    this.clear(taskArn);
    this.#onEnd();
  }

  /** Drops the protection of a task that stops. Does not call `onEnd`. */
  clear(taskArn: string): void {
    clearTimeout(this.#leases.get(taskArn)?.timer);
    this.#leases.delete(taskArn);
  }

  /** How many tasks are protected if this one is, too. */
  countWith(taskArn: string): number {
    return new Set([...this.#leases.keys(), taskArn]).size;
  }

  /** The protection now. */
  get(taskArn: string): Protection {
    const lease = this.#leases.get(taskArn);
    return lease === undefined ? { enabled: false } : { enabled: true, expiresAt: lease.expiresAt.toISOString() };
  }
}
