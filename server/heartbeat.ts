/** The heartbeat of a server: one write says that it lives and brings back its orders. */
import { readStopOrder } from '#domain/aborts/abort';
import { MISSED_HEARTBEATS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { pause } from '#processes/pause';
import type { Attempts } from '#server/attempts/attempts';
import { withDeadline } from '#store/dynamodb/deadline';
import { heartbeat, readOrders, type ServerState } from '#store/servers';
import { log } from './log.ts';

/** With short heartbeats, a beat has more time than the lease: a request alone is given a second. */
const LEAST_BEAT_MS = 2_000;

/** While something runs, the server looks for orders this often, so that a cancel or an abort is heard soon. */
const LOOK_MS = 200;

type Follower = (server: Server) => Promise<void>;
type HeartOptions = {
  readonly serverId: string;
  readonly heartbeatMs: number;
  readonly attempts: Pick<Attempts, 'tellCancelled' | 'stop' | 'count'>;
  /** Aborted when the server has ended: then it sends no more heartbeats. */
  readonly serverEnd: AbortSignal;
  /** What the beat says of the server, besides that it lives. */
  describe(): ServerState;
  /** Called after each attempt to beat once the first one has succeeded: the server lives, the store may not. */
  onTurn(now: string): Promise<void>;
  /** Called with the server's record after each beat. */
  onRecord(server: Server): void;
  /** Called when the server has been declared lost, or has no record: it must end at once. */
  onFenced(): void;
  /** What else is done after a beat. Neither the next beat nor another follower waits for it. */
  readonly followers: readonly Follower[];
};

/** Beats until the server ends, carries out the orders that it hears, and holds the lease. */
export class Heart {
  readonly #options: HeartOptions;
  readonly #followers: readonly Follower[];
  /** The cancel orders of the last beat, with the times they were first heard. The next beat removes them. */
  #cancelOrders = new Map<string, string>();
  /** The stop orders of the last beat. The next beat removes them. */
  #stopOrders: ReadonlySet<string> = new Set();
  #leaseUntilMs: number;
  #hasBeaten = false;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#followers = options.followers.map(oneAtATime);
    this.#leaseUntilMs = this.#leaseFrom(Date.now());
  }

  /** Beats until the server has ended, and looks for orders in between. */
  async run(): Promise<void> {
    await Promise.all([this.#beatOn(), this.#lookOn()]);
  }

  /** After a beat that fails the next one comes; the lease runs on meanwhile. */
  async #beatOn(): Promise<void> {
    const { serverEnd, heartbeatMs } = this.#options;
    while (!serverEnd.aborted) {
      await this.beat().catch((error: unknown) => log('A heartbeat failed; the next one comes.', { error }));
      if (this.#hasBeaten) await this.#showTurn();
      await pause(heartbeatMs, serverEnd);
    }
  }

  /**
   * Beats once; a beat that takes longer than a lease is given up: a new one says more. 1 WCU.
   * @throws the SDK's error if the write fails, OutOfTime if it is given up
   */
  async beat(): Promise<void> {
    const sentMs = Date.now();
    const now = new Date(sentMs).toISOString();
    const done = { toldCancels: new Set(this.#cancelOrders.keys()), stoppedClaims: this.#stopOrders };
    const state = this.#options.describe();
    const beat = () => heartbeat(this.#options.serverId, { now, ...done, state });
    const server = await withDeadline(sentMs + Math.max(LEAST_BEAT_MS, this.#leaseFrom(0)), beat);
    if (!server) return this.#options.onFenced();
    this.#hasBeaten = true;
    this.#leaseUntilMs = this.#leaseFrom(sentMs);
    this.#obey(server, now);
    for (const follow of this.#followers) void follow(server);
  }

  /** A look that fails says nothing of the server: the next heartbeat does. */
  async #lookOn(): Promise<void> {
    const { serverEnd, attempts } = this.#options;
    while (!serverEnd.aborted) {
      if (attempts.count > 0) await this.#look().catch(() => undefined);
      await pause(LOOK_MS, serverEnd);
    }
  }

  /** Carries out open orders. They stay in the record: the heartbeats carry them out again and remove them. 0.5 RCU. */
  async #look(): Promise<void> {
    const now = new Date().toISOString();
    const { cancelOrders = [], stopOrders = [] } = (await readOrders(this.#options.serverId)) ?? {};
    for (const order of cancelOrders) this.#options.attempts.tellCancelled(order, this.#cancelOrders.get(order) ?? now);
    this.#stop(stopOrders);
  }

  #stop(orders: Iterable<string>): void {
    for (const order of orders) {
      const { claimId, abortId } = readStopOrder(order);
      this.#options.attempts.stop(claimId, { cause: 'TaskAbort', abortId });
    }
  }

  async #showTurn(): Promise<void> {
    const shown = this.#options.onTurn(new Date().toISOString());
    await shown.catch((error: unknown) => log('The heartbeat could not be shown to the health check.', { error }));
  }

  /** Whether the server may still start tasks. Without the lease, others may have declared it lost. */
  holdsLease(): boolean {
    return Date.now() < this.#leaseUntilMs;
  }

  #leaseFrom(beatMs: number): number {
    return beatMs + MISSED_HEARTBEATS * this.#options.heartbeatMs;
  }

  /**
   * Carries out the orders of this beat, and once more those of the last: a claim that read its job just before the
   * cancel may have started its handler after the order was heard.
   */
  #obey(server: Server, now: string): void {
    const { attempts, onRecord } = this.#options;
    const cancelOrders = new Map(
      [...(server.cancelOrders ?? [])].map((each) => [each, this.#cancelOrders.get(each) ?? now]),
    );
    for (const [order, heardAt] of new Map([...this.#cancelOrders, ...cancelOrders]))
      attempts.tellCancelled(order, heardAt);
    const stopOrders = server.stopOrders ?? new Set<string>();
    this.#stop(new Set([...this.#stopOrders, ...stopOrders]));
    this.#cancelOrders = cancelOrders;
    this.#stopOrders = stopOrders;
    onRecord(server);
  }
}

/** Skips a call while the last one is under way: the heartbeat must not wait for a service that is slow or silent. */
function oneAtATime(follow: Follower): Follower {
  let isUnderWay = false;
  return async (server) => {
    if (isUnderWay) return;
    isUnderWay = true;
    await follow(server).catch((error: unknown) =>
      log('What follows a heartbeat failed; the next heartbeat tries again.', { error }),
    );
    isUnderWay = false;
  };
}
