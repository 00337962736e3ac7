/** What a row of the catalog says of a function. */
import type { z } from 'zod';
import type { ErrorCode } from '#domain/errors';
import type { Shape } from '#domain/replies';
import { abortPathSchema, idempotencyKeySchema, jobPathSchema, nothingSchema } from '#domain/requests';
import type { Role } from '#domain/roles';
import type { Touch } from './touches.ts';

/** One route: who may call it, what it takes, replies and refuses, and what it touches. */
export type RouteRow = {
  /** As API Gateway writes it, such as `GET /jobs/{jobId}`. */
  readonly route: string;
  /** The lowest role that may call. */
  readonly role: Role | 'public';
  /** A BatchUser may act on its own jobs only: the middleware reads the job and checks its owner. */
  readonly ownJobs?: true;
  /** Only a SystemAdministrator may do this to a system job: what the refusal calls it. */
  readonly systemJobs?: string;
  /** All that its function may do on AWS. */
  readonly touches: readonly Touch[];
  readonly path: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  /** Optional headers; all others are ignored. */
  readonly headers?: Readonly<Record<string, z.ZodType<string>>>;
  readonly status: 200 | 201 | 202;
  /** More than others need, for work on thousands of records. */
  readonly memoryMb?: number;
  /** The status if tasks of the replied job are still being written. */
  readonly statusWhileWriting?: 202;
  /** Of a route that can say what it would do: its reply then, with the status 200. */
  readonly answersDryRun?: Shape;
  /** A shape, or a list of one; without it any object. */
  readonly answers?: Shape | { readonly listOf: Shape };
  /** Codes besides those that every route of its kind has. */
  readonly refuses?: readonly ErrorCode[];
};

/** What AWS itself calls: a step of a workflow, or a function of EventBridge. */
export type CalledRow = {
  /** What AWS sends; anything else fails the call. */
  readonly input: z.ZodType;
  readonly touches: readonly Touch[];
  readonly timeoutSeconds: number;
  /** Calls at once that only this function may have; it may have no more than these. */
  readonly reservedConcurrency?: number;
  /** More than others need, for work on thousands of records. */
  readonly memoryMb?: number;
};

/** For what writes, reads or cancels thousands of tasks in one call. */
export const BULK_MEMORY_MB = 1_024;

/** What a route takes and replies if its row says nothing else. */
export const plain = { path: nothingSchema, query: nothingSchema, body: nothingSchema, status: 200 } as const;
export const ofJob = { ...plain, path: jobPathSchema } as const;
/** Of every POST: a repeat with the same key does nothing more, and replies with the record as it is now. */
export const once = { 'Idempotency-Key': idempotencyKeySchema } as const;
/** The header of a reply to a repeat. */
export const REPLAYED = 'idempotency-replayed';
export const ofAbort = { ...plain, path: abortPathSchema } as const;
