/** Moto's Step Functions, an interpreter that others wrote, and the Lambdas that it calls. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, listen, unlisten } from '#local/aws/wire/listen';
import { end, start } from './programs.ts';
import { pythonTool } from './python.ts';

/** Takes the name of a Lambda and its payload, and returns the result. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

const PROGRAM = join(import.meta.dirname, 'moto_workflows.py');
const START_LIMIT_MS = 60_000;
const POLL_MS = 200;

/** Starts it. */
export async function startMoto(invoke: Invoke): Promise<{ url: string; close(): Promise<void> }> {
  const python = await pythonTool('python');
  const lambdas = createServer((request, response) => {
    answer(invoke, request, response).catch(() => response.destroy());
  });
  const port = await freePort();
  const moto = start([python, PROGRAM, String(port), await listen(lambdas, 0)], {
    MOTO_ACCOUNT_ID: '000000000000',
  });
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    await end(moto);
    await unlisten(lambdas);
  };
  await untilReplies(url).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url, close };
}

async function answer(invoke: Invoke, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const functionName = decodeURIComponent(request.url?.slice(1) ?? '');
  response.end(JSON.stringify((await invoke(functionName, await json(request))) ?? null));
}

async function untilReplies(url: string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  const replies = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  while (!(await replies())) {
    if (performance.now() > deadline) throw new Error(`Moto did not reply within ${START_LIMIT_MS / 1000} s.`);
    await sleep(POLL_MS);
  }
}
