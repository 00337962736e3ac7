/** A batch server: claims tasks and runs them in its slots until it is told to stop. */
import type { Server } from '#domain/servers/server';
import { noteReplacement } from '#engine/servers/note-replacement';
import { createExecutor } from '#server/execution/executor';
import { registerServer } from '#store/servers';
import { createCandidates } from './candidates.ts';
import { runClaimLoop } from './claim-loop.ts';
import { createProtection, readIdentity } from './container.ts';
import { createDrain } from './drain.ts';
import { createHeart } from './heartbeat.ts';
import { log } from './log.ts';
import { createRunTimes } from './run-times.ts';
import { createRuns, type Runs, type Stop } from './runs.ts';
import type { Settings } from './settings.ts';
import { createSignal } from './signal.ts';

/** Of the stop timeout, this part is left for stopping and handing back what has not ended by itself. */
const HAND_BACK_SHARE = 0.3;
/** Stopped for an abort, it gives what can be ended from within no longer than this. */
const ABORT_HAND_BACK_MS = 1_000;

type RunningServer = {
  /** Stops claiming, lets tasks end within the stop timeout, hands the rest back. Resolves when nothing runs any more. */
  stop(): Promise<void>;
};

/**
 * Starts a server. `die` ends the process at once, with all that it has started.
 * @throws Error when the handlers cannot be loaded or the server's id was used before
 */
export async function startServer(settings: Settings, die: (why: string) => never): Promise<RunningServer> {
  const { heartbeatMs, slots, batchGroups, handlersFile } = settings;
  const identity = await readIdentity(settings.metadataUri);
  const { serverId } = identity;
  const executor = await createExecutor({ slots, log, ...(handlersFile === undefined ? {} : { handlersFile }) });
  await register({ ...identity, batchGroups, slots });
  log('The server has started.', { serverId, slots, batchGroups, handlers: executor.handlerNames });

  const wake = createSignal();
  const runTimes = createRunTimes();
  const runs = createRuns(executor, {
    finished: runTimes.add,
    slotFree: wake.set,
    recorded: () => void drain.check().catch(onDrainFault),
  });
  const drain = createDrain(serverId, runs);
  const protection = createProtection(settings.agentUri);
  const state: State = { status: 'Active', stopping: false, ended: false };
  const heart = createHeart({
    serverId,
    heartbeatMs,
    runs,
    onRecord(server) {
      state.status = server.status;
      state.abortId = server.abortId;
      wake.set();
    },
    onFenced: () => die('The server was fenced: what it ran is settled by others.'),
    afterBeat: [
      (server) => drain.hear(server),
      async () => {
        // ECS refuses to protect a container that is already stopping.
        if (!state.stopping) await protection.update(runs.count() > 0);
      },
      () => runTimes.handIn(),
    ],
  });
  void heart.run(() => state.ended);
  const claiming = runClaimLoop({
    serverId,
    heartbeatMs,
    candidates: createCandidates(batchGroups),
    reservedSlots: settings.reservedSlots,
    runs,
    freeSlots: executor.freeSlots,
    mayStart: () => state.status === 'Active' && !state.stopping && heart.holdsLease(),
    wake,
    ended: () => state.stopping,
    recovery: { untilMs: 0 },
  });

  return {
    async stop() {
      state.stopping = true;
      wake.set();
      await claiming;
      await heart.beat().catch((error: unknown) => log('The last orders could not be heard.', { error }));
      const handBackMs = isRestarted(state) ? ABORT_HAND_BACK_MS : settings.stopTimeoutMs * HAND_BACK_SHARE;
      await letEnd(runs, state, settings.stopTimeoutMs - handBackMs);
      runs.stopAll(stopOf(state));
      // A thread in an unmanaged wait cannot be ended from within: the whole process is, and the reaper settles what it ran.
      if (!(await runs.allEnded(handBackMs))) die('A handler could not be stopped in time.');
      state.ended = true;
      await executor.close();
    },
  };
}

/** The next beat checks again. */
function onDrainFault(error: unknown): void {
  log('The end of the drain could not be reported; it is tried again.', { error });
}

type State = { status: Server['status']; abortId?: string | undefined; stopping: boolean; ended: boolean };

async function register(server: Pick<Server, 'serverId' | 'containerArn' | 'batchGroups' | 'slots'>): Promise<void> {
  const now = new Date().toISOString();
  const registered = await registerServer({ ...server, status: 'Active', startedAt: now, heartbeatAt: now });
  if (!registered) throw new Error(`The server id ${server.serverId} was used before.`);
  await noteReplacement(server.serverId, now);
}

/** Whether an abort has had it stopped. One that only drains is stopped for something else, like a deployment. */
function isRestarted({ status }: State): boolean {
  return status === 'Stopping';
}

/** Whom an abort restarts has waited long enough: its tasks are not given more time. */
async function letEnd(runs: Runs, state: State, limitMs: number): Promise<void> {
  if (isRestarted(state)) return;
  runs.tellAll();
  await runs.allEnded(limitMs);
}

function stopOf({ abortId }: State): Stop {
  return { cause: abortId === undefined ? 'ServerStopped' : 'ServerRestart' };
}
