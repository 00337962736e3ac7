/** The store and the flows on dynalite. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dynalite, startDynalite } from '#test/support/engines/dynalite';
import { freePorts } from '#test/support/flows/ports';
import { end, runTests, start } from './programs.ts';

const START_LIMIT_MS = 60_000;
const POLL_MS = 200;
/** What the flows need that run on any system. */
const SYSTEM = ['--servers', '2', '--slots', '4', '--heartbeat-seconds', '1', '--drain-seconds', '20'];

/** The tests of the store. */
export async function tryStore(): Promise<boolean> {
  return await onDynalite(({ url }) => runTests(['test/store/'], { LASTCALL_TEST_ENGINE: url }));
}

/** The flows that run on any system, on one whose records are there. */
export async function tryFlows(): Promise<boolean> {
  return await onDynalite(async ({ url }) => {
    const port = await freePorts(4);
    const command = [process.execPath, 'bin/lastcall.js', 'local', '--port', String(port), ...SYSTEM];
    const system = start(command, { AWS_ENDPOINT_URL_DYNAMODB: url });
    try {
      await untilHealthy(port);
      const LASTCALL_URL = `http://127.0.0.1:${port}`;
      return await runTests(['test/flows/[^.]+\\.test\\.ts$'], { LASTCALL_URL });
    } finally {
      await end(system);
    }
  });
}

async function onDynalite(use: (engine: Dynalite) => Promise<boolean>): Promise<boolean> {
  const engine = await startDynalite();
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

async function untilHealthy(port: number): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  const isHealthy = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isHealthy())) {
    if (performance.now() > deadline) throw new Error(`The system was not healthy within ${START_LIMIT_MS / 1000} s.`);
    await sleep(POLL_MS);
  }
}
