/**
 * Calls the system and judges each answer: a success, or a problem of a known code, or the system was down. AWS's own
 * services answer in words of their own when they throttle or fail.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ERROR_STATUS } from '#domain/errors';
import { problemReplySchema } from '#domain/replies';
import { issuedToken } from '#test/support/flows/client';
import type { Host } from './host.ts';
import type { Trail } from './trail.ts';

/** Longer than any function may take. */
const CALL_LIMIT_MS = 60_000;

/** A read of a system that is throttled, slow or down is tried again. */
const READS_AGAIN = 20;
const READ_AGAIN_MS = 500;

export type Sent = {
  /** What it is counted as. */
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly sentMs: number;
  readonly answeredMs: number;
};

export type Api = {
  /** Undefined when there was no answer, or one that does not say what has happened. */
  call(sent: Sent): Promise<Answer | undefined>;
  /** What a success says; undefined when there was none. */
  read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | undefined>;
};

/** Calls as an administrator. */
export async function apiOf(host: Host, trail: Trail): Promise<Api> {
  const authorization = `Bearer ${await issuedToken(host.url, 'chaos', ['SystemAdministrator'])}`;
  const call: Api['call'] = async (sent) => {
    const sentMs = Date.now();
    trail.send(sent.action);
    const answer = await send(host, sent, authorization).catch((error: unknown) => ({ status: 0, body: `${error}` }));
    const { action, method, path } = sent;
    const facts = { method, path, sent: sent.body, status: answer.status, answered: answer.body, sentMs };
    const wasDown = host.wasDown(sentMs, Date.now());
    const outcome = outcomeOf(answer) ?? (host.likeAws ? outcomeAtAws(answer) : undefined);
    if (outcome === undefined && !wasDown) trail.violate('An answer that no call may get', facts);
    if (action !== 'read') trail.count(action, outcome ?? (wasDown ? 'system down' : 'failed'), facts);
    return answer.status === 0 || answer.status >= 500 ? undefined : { ...answer, sentMs, answeredMs: Date.now() };
  };
  return {
    call,
    async read(path, schema) {
      let answer = await call({ action: 'read', method: 'GET', path });
      for (let again = 0; again < READS_AGAIN && !(answer && answer.status < 429); again += 1) {
        await sleep(READ_AGAIN_MS);
        answer = await call({ action: 'read', method: 'GET', path });
      }
      return answer?.status === 200 ? schema.parse(answer.body) : undefined;
    },
  };
}

async function send(host: Host, { method, path, body, headers }: Sent, authorization: string) {
  const response = await fetch(host.url + path, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = JSON.parse(text);
  return { status: response.status, body: parsed };
}

/** `done` or the problem's code; undefined for what must not be answered. */
function outcomeOf({ status, body }: { status: number; body: unknown }): string | undefined {
  if (status >= 200 && status < 300) return 'done';
  const { data: problem } = problemReplySchema.safeParse(body);
  const isKnown = problem && Object.entries(ERROR_STATUS).some(([code, of]) => code === problem.code && of === status);
  return isKnown ? problem.code : undefined;
}

/** What API Gateway answers by itself: it throttles, or the function failed, was throttled or took too long. */
function outcomeAtAws({ status, body }: { status: number; body: unknown }): string | undefined {
  const isOwn = messageSchema.safeParse(body).success && AWS_STATUSES.includes(status);
  return isOwn ? `AWS ${status}` : undefined;
}

const messageSchema = z.strictObject({ message: z.string() });
const AWS_STATUSES: readonly number[] = [429, 500, 503];
