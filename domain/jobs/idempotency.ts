/**
 * Repeats of requests. A record keeps the requests with an `Idempotency-Key` that changed it, in the same writes: so a
 * repeat finds out whether the first one was done, and no request is done twice.
 */
import { Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import { MAX_REQUESTS_KEPT } from '#domain/limits';

/** Long enough that the requests of one record are never confused, and short: each write pays for the record's size. */
const HASH_CHARACTERS = 12;

/** A request that has a key: the hash of the user and the key, and that of the route and the body, in base64url. */
export type Once = {
  readonly key: string;
  readonly request: string;
  /** Called when the request turns out to be a repeat, so that the reply can say so. */
  readonly noteRepeat?: () => void;
};

/** Who acts and, if the request has a key, what its repeats are known by. */
export type Requester = Author & { readonly once?: Once | undefined };

/** What a record keeps of requests: for each one both hashes, cut, and the id of what it made elsewhere. */
type Keeper = { readonly keptRequests?: string | undefined };

/**
 * The request that the record keeps for this key, and what it made elsewhere (or an empty text); undefined if there is
 * none.
 * @throws Refusal IdempotencyKeyReused if it was another request
 */
export function earlierRequest({ keptRequests = '' }: Keeper, once: Once | undefined): { made: string } | undefined {
  if (!once) return undefined;
  const [key, request] = [cut(once.key), cut(once.request)];
  const kept = keptRequests.split(' ').find((each) => each.startsWith(key));
  if (kept === undefined) return undefined;
  if (!kept.startsWith(key + request)) throw keyReused();
  once.noteRepeat?.();
  return { made: kept.slice(2 * HASH_CHARACTERS) };
}

/**
 * Whether the record keeps this request: then it was done before.
 * @throws Refusal IdempotencyKeyReused like `earlierRequest`
 */
export function wasDone(record: Keeper, once: Once | undefined): boolean {
  return earlierRequest(record, once) !== undefined;
}

/** What the record keeps with this request as its newest, and with the id of what that makes elsewhere. */
export function withRequest({ keptRequests }: Keeper, { key, request }: Once, made = ''): string {
  const kept = keptRequests?.split(' ') ?? [];
  return [...kept, cut(key) + cut(request) + made].slice(-MAX_REQUESTS_KEPT).join(' ');
}

/** 409 for a key that the same user has used for another request. */
export function keyReused(): Refusal {
  return new Refusal(
    'IdempotencyKeyReused',
    'This Idempotency-Key was used for another request; use a new one for each request.',
  );
}

function cut(hash: string): string {
  return hash.slice(0, HASH_CHARACTERS);
}
