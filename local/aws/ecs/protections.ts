/** Whether a container task is protected from scale-in, and until when (ISO-8601 UTC). */
type Protection = {
  readonly enabled: boolean;
  readonly expiresAt?: string;
};

type Lease = {
  readonly expiresAt: Date;
  readonly timer: NodeJS.Timeout;
};

/** Scale-in protection of container tasks; each ends by itself when its time is over. */
export class TaskProtections {
  readonly #leases = new Map<string, Lease>();
  readonly #onEnd: () => void;

  /** `onEnd` is called whenever a protection ends, for a scale-in may have waited for that. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Protects from now for so many minutes, instead of what was asked before. */
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

  /** Forgets the protection of a task that stops. */
  clear(taskArn: string): void {
    clearTimeout(this.#leases.get(taskArn)?.timer);
    this.#leases.delete(taskArn);
  }

  get(taskArn: string): Protection {
    const lease = this.#leases.get(taskArn);
    return lease === undefined ? { enabled: false } : { enabled: true, expiresAt: lease.expiresAt.toISOString() };
  }
}
