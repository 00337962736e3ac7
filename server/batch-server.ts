/** A batch server: it claims tasks and runs their handlers in its slots until it is stopped. */
import { mayClaim, type Server } from '#domain/servers/server';
import { Attempts } from '#server/attempts/attempts';
import { RunTimeCounter } from '#server/attempts/run-time-counter';
import { ClaimLoop } from '#server/claiming/claim-loop';
import { Nudges } from '#server/claiming/nudges';
import { Candidates } from '#server/claiming/search/candidates';
import { serveCredentials } from '#server/container/handler-credentials';
import { showHeartbeat } from '#server/container/heartbeat-file';
import { readIdentity } from '#server/container/identity';
import { ScaleInProtection } from '#server/container/scale-in-protection';
import { Executor } from '#server/execution/executor';
import { giveCredentials } from '#server/handlers/environment';
import { keepCounts } from '#store/counts/keep-counts';
import type { ServerState } from '#store/servers';
import { Heart } from './heartbeat.ts';
import { log } from './log.ts';
import { register } from './register.ts';
import { DrainReport } from './report-drained.ts';
import type { Settings } from './settings.ts';
import { Stop } from './stop.ts';

/** Ends the process at once, with everything that it has started. */
type Die = (why: string) => never;
type Parts = {
  readonly settings: Settings;
  readonly serverId: string;
  readonly executor: Executor;
  readonly die: Die;
};

/** A server that has registered and claims tasks. */
export class BatchServer {
  readonly #settings: Settings;
  readonly #executor: Executor;
  readonly #die: Die;
  readonly #attempts: Attempts;
  readonly #drainReport: DrainReport;
  readonly #heart: Heart;
  readonly #claimLoop: ClaimLoop;
  readonly #protection: ScaleInProtection;
  readonly #runTimes = new RunTimeCounter();
  readonly #end = new AbortController();
  readonly #stopCounting = keepCounts();
  #record: Pick<Server, 'status' | 'abortId' | 'rollout'> = { status: 'Active' };
  #stop: Stop | undefined;
  #idleSince: string | undefined;

  private constructor({ settings, serverId, executor, die }: Parts) {
    this.#settings = settings;
    this.#executor = executor;
    this.#die = die;
    this.#attempts = this.#createAttempts();
    this.#drainReport = new DrainReport(serverId, this.#attempts);
    this.#protection = new ScaleInProtection(settings.agentUri, () => this.#isBusy());
    this.#heart = this.#createHeart(serverId);
    this.#claimLoop = this.#createClaimLoop(serverId);
  }

  /**
   * Registers the server and starts it.
   * @throws HandlersRefused if the handlers cannot be loaded; ServerIdUsed if the id was used before
   */
  static async start(settings: Settings, die: Die): Promise<BatchServer> {
    const { slots, batchGroups, handlersFile } = settings;
    const identity = await readIdentity(settings.metadataUri);
    const { serverId } = identity;
    if (settings.handlersRole !== '') giveCredentials(await serveCredentials(settings.handlersRole, serverId));
    const executor = await Executor.open({ slots, log, ...(handlersFile === undefined ? {} : { handlersFile }) });
    const handlers = executor.handlerNames;
    await register({ ...identity, batchGroups, slots, handlers });
    log('The server has started.', { serverId, slots, batchGroups, handlers });
    const server = new BatchServer({ settings, serverId, executor, die });
    void server.#heart.run();
    server.#claimLoop.start();
    return server;
  }

  /**
   * Stops claiming, lets attempts end within the stop timeout, and gives the rest back. Returns when nothing runs any
   * more. If an unmanaged wait lasts longer, the process ends at once, and the reaper settles what it held.
   */
  async stop(signal: string): Promise<void> {
    const { stopTimeoutMs: timeoutMs } = this.#settings;
    const stop = new Stop({ signal, timeoutMs, attempts: this.#attempts, record: () => this.#record });
    this.#stop = stop;
    stop.begin();
    this.#executor.retire();
    const claimsEnd = this.#claimLoop.stop();
    const beat = this.#heart.beat().catch((error: unknown) => log('The last heartbeat failed.', { error }));
    if (!(await stop.endAttempts(beat))) this.#die('A handler could not be stopped in time.');
    await stop.waitFor(claimsEnd);
    this.#end.abort();
    await stop.waitFor(this.#stopCounting());
    await this.#executor.close();
  }

  #createAttempts(): Attempts {
    return new Attempts({
      executor: this.#executor,
      serverEnd: this.#end.signal,
      onSlotFree: (tookMs) => this.#claimLoop.slotFree(tookMs),
      onFinished: (handler, seconds) => this.#runTimes.add(handler, seconds),
      onRecorded: () => this.#drainReport.attemptEnded(),
      isClaimed: (jobId) => this.#claimLoop.hasClaimed(jobId),
    });
  }

  #createHeart(serverId: string): Heart {
    return new Heart({
      serverId,
      heartbeatMs: this.#settings.heartbeatMs,
      attempts: this.#attempts,
      serverEnd: this.#end.signal,
      describe: () => this.#describe(),
      onTurn: showHeartbeat,
      onRecord: (record) => this.#hear(record),
      onFenced: () => this.#die('The server was fenced: others settle what it ran.'),
      followers: [(record) => this.#drainReport.hear(record), () => this.#protect(), () => this.#runTimes.write()],
    });
  }

  #describe(): ServerState {
    const { count } = this.#attempts;
    this.#idleSince = count > 0 ? undefined : (this.#idleSince ?? new Date().toISOString());
    return { attempts: count, idleSince: this.#idleSince, protectionRefusedSince: this.#protection.refusedSince };
  }

  #createClaimLoop(serverId: string): ClaimLoop {
    const { heartbeatMs, batchGroups, slots, reservedSlots } = this.#settings;
    const candidates = new Candidates(batchGroups, () => nudges.areHeard, serverId);
    const nudges = new Nudges({
      batchGroups,
      mayClaim: () => this.#mayStart() && this.#executor.freeSlots > 0,
      onNudge: (nudged) => {
        candidates.expect(nudged);
        this.#claimLoop.wake();
      },
    });
    return new ClaimLoop({
      serverId,
      heartbeatMs,
      slots,
      reservedSlots,
      handlers: this.#executor.handlerNames,
      candidates,
      nudges,
      attempts: this.#attempts,
      serverEnd: this.#end.signal,
      freeSlots: () => this.#executor.freeSlots,
      mayStart: () => this.#mayStart(),
      protect: async () => (await this.#protection.take()) || this.#isTakingOver(),
    });
  }

  #hear({ status, abortId, rollout }: Server): void {
    this.#record = { status, abortId, rollout };
    this.#claimLoop.wake();
  }

  /** A server that yields claims nothing; when it is idle it loses its protection, and ECS stops it. */
  #mayStart(): boolean {
    return mayClaim(this.#record) && this.#stop === undefined && this.#heart.holdsLease();
  }

  /** The protection of the servers that yield takes its place; a deployment stops those, and no new one. */
  #isTakingOver(): boolean {
    return this.#record.rollout === 'takesOver' && this.#stop === undefined;
  }

  async #protect(): Promise<void> {
    // ECS refuses to protect a container that is already stopping.
    if (this.#stop === undefined) await this.#protection.update();
  }

  #isBusy(): boolean {
    return this.#attempts.count > 0 || this.#claimLoop.isClaiming;
  }
}
