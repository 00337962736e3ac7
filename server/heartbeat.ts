/** The heartbeat: says that the server lives, and hears its orders. One write a beat does both. */
import { setTimeout as delay } from 'node:timers/promises';
import { readStopOrder } from '#domain/aborts/abort';
import { MISSED_HEARTBEATS } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import type { Runs } from '#server/attempts/attempts';
import { heartbeat } from '#store/servers';
import { log } from './log.ts';

/** Creates the heart of a server; `onRecord` is told what the record says, `onFenced` when the server must end at once. */
export function createHeart(of: {
  serverId: string;
  heartbeatMs: number;
  runs: Runs;
  onRecord(server: Server): void;
  onFenced(): void;
  /** What is to be done with a beat beside hearing the orders; neither the next beat nor one another waits for these. */
  afterBeat: readonly ((server: Server) => Promise<void>)[];
}) {
  /** Orders heard with the last beat, and when: they are obeyed once more and taken off the record with the next one. */
  let told = new Map<string, string>();
  let stopped: ReadonlySet<string> = new Set();
  let leaseUntilMs = Date.now() + MISSED_HEARTBEATS * of.heartbeatMs;
  const followers = of.afterBeat.map(oneAtATime);

  /**
   * Obeys the orders of this beat and, once more, those of the last: a claim whose job was read just before its cancel may have
   * started its handler after the order was heard.
   */
  function obey(server: Server, now: string): void {
    const fresh = new Map([...(server.cancelOrders ?? [])].map((order) => [order, told.get(order) ?? now]));
    for (const [order, heardAt] of new Map([...told, ...fresh])) of.runs.tellCancelled(order, heardAt);
    const stops = server.stopOrders ?? new Set<string>();
    for (const order of new Set([...stopped, ...stops])) {
      const { claimId, abortId } = readStopOrder(order);
      of.runs.stop(claimId, { cause: 'TaskAbort', abortId });
    }
    told = fresh;
    stopped = stops;
    of.onRecord(server);
  }

  return {
    /** One beat. */
    async beat(): Promise<void> {
      const sentMs = Date.now();
      const now = new Date(sentMs).toISOString();
      const server = await heartbeat(of.serverId, { now, toldCancels: new Set(told.keys()), stoppedClaims: stopped });
      if (!server) return of.onFenced();
      leaseUntilMs = sentMs + MISSED_HEARTBEATS * of.heartbeatMs;
      obey(server, now);
      for (const follow of followers) void follow(server);
    },
    /** Beats until the server ends. A beat that fails is followed by the next one; the lease runs on meanwhile. */
    async run(ended: () => boolean): Promise<void> {
      while (!ended()) {
        await this.beat().catch((error: unknown) => log('A heartbeat failed; the next one comes.', { error }));
        await delay(of.heartbeatMs);
      }
    },
    /** Whether the server may still start tasks: by now others may have declared it lost otherwise. */
    holdsLease: () => Date.now() < leaseUntilMs,
  };
}

/** Skipped while it is still under way: whom it calls may be slow or silent, and a server that is silent for that is taken for lost. */
function oneAtATime(act: (server: Server) => Promise<void>): (server: Server) => Promise<void> {
  let isUnderWay = false;
  return async (server) => {
    if (isUnderWay) return;
    isUnderWay = true;
    await act(server).catch((error: unknown) =>
      log('What follows from a heartbeat failed; the next one tries again.', { error }),
    );
    isUnderWay = false;
  };
}
