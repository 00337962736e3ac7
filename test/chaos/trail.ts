/** What a trial did, the answers, and the violations. */
import { EventEmitter, once } from 'node:events';
import { appendFileSync } from 'node:fs';
import type { Figure } from '#bench/figures';

export type Trail = ReturnType<typeof createTrail>;

/**
 * An empty trail. Each step is also written to the file at once, if there is one: it shows the cause of a violation.
 */
export function createTrail(file?: string) {
  const counts = new Map<string, number>();
  const violations: string[] = [];
  /** When calls were answered with an acceptance: what is checked at the end counts from there. */
  const accepted: Accepted[] = [];
  const sending = new EventEmitter();

  function write(what: string, facts: object): void {
    if (file !== undefined) appendFileSync(file, `${new Date().toISOString()} ${what} ${JSON.stringify(facts)}\n`);
  }

  return {
    /** One step that was taken, and its outcome. */
    count(action: string, outcome: string, facts: object = {}): void {
      const key = `${action}: ${outcome}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      write(key, facts);
    },
    /** A call that is just being sent. */
    send(action: string): void {
      sending.emit(action);
    },
    /** Waits until a call of this action is just being sent, for so long at most. */
    async nextSent(action: string, limitMs: number): Promise<void> {
      // The limit is as good an end of the wait as the call.
      await once(sending, action, { signal: AbortSignal.timeout(limitMs) }).catch(() => undefined);
    },
    accept(step: Accepted): void {
      accepted.push(step);
      write(`accepted ${step.what}`, step);
    },
    accepted: (what: Accepted['what']): readonly Accepted[] => accepted.filter((step) => step.what === what),
    /** Something that must not be, with the facts that show it, unless `isSo` says that it is not. */
    violate(rule: string, facts: object, isSo = true): void {
      if (!isSo) return;
      const text = `${rule}: ${JSON.stringify(facts)}`;
      if (violations.includes(text)) return;
      violations.push(text);
      write('VIOLATION', { rule, facts });
    },
    violations: (): readonly string[] => violations,
    figures: (): Figure[] =>
      [...counts].sort().map(([what, measured]) => ({ what, measured, unit: measured === 1 ? 'time' : 'times' })),
  };
}

export type Accepted = {
  readonly what: 'submit' | 'cancel' | 'requeue' | 'abort';
  /** Of the job or of the abort. */
  readonly id: string;
  /** Of the job, from this call on. Unknown where the answer was lost. */
  readonly run?: number;
  readonly sentMs: number;
  readonly answeredMs: number;
};
