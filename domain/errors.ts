/** Every refusal that a caller can get, with its stable code and HTTP status, and every named fault. */

export const ERROR_STATUS = {
  InvalidRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  WrongStatus: 409,
  SystemJob: 409,
  PlanChanged: 409,
  NothingToAbort: 409,
  IdempotencyKeyReused: 409,
  TooLarge: 413,
  TooManyRequests: 429,
  Unavailable: 503,
  StorageFull: 507,
} as const;
/** The stable code of a refusal. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** Facts shown besides the message, as extension members of the problem+json reply. */
type Facts = Readonly<Record<string, unknown>>;

/** A refusal: the caller can do something about it. The message says what is wrong, the value got, and what to do. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, message: string, facts: Facts = {}) {
    super(message);
    // Workflows match Retry and Catch on the error's name.
    this.name = code;
    this.code = code;
    this.facts = facts;
  }
}

/** DynamoDB never takes this record, for example because it is over 400 KB. A retry does not help. */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';
}

/**
 * What a write has failed with, if DynamoDB never takes its record.
 * @throws the error, if it is another one
 */
export function refusedOrThrow(error: unknown): RecordRefused {
  if (error instanceof RecordRefused) return error;
  throw error;
}

/** A service of AWS has refused each attempt of a request, because it has too many. A later retry may help. */
export class Throttled extends Error {
  override readonly name = 'Throttled';

  constructor(service: string, options?: ErrorOptions) {
    super(`${service} is busy: it has refused each attempt of the request.`, options);
  }
}

/** No connection to a service could be opened, so nothing has happened there. A later retry may help. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(service: string, options?: ErrorOptions) {
    super(`${service} cannot be reached.`, options);
  }
}

/** The disk of a local DynamoDB is full: it takes no write until a person makes room. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';

  constructor(options?: ErrorOptions) {
    super('The disk that holds the records is full.', options);
  }
}

/** The time of a function's call is over, and what it has begun is cut off. The same request may succeed later. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';

  constructor(options?: ErrorOptions) {
    super('The time of this call is over before its work was done.', options);
  }
}

/** A variable of the environment is missing or wrong: the process does not start. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';

  constructor(problem: string) {
    super(`The environment is wrong: ${problem}`);
  }
}

/** A record does not fit its schema: another version wrote it, or someone by hand. It exists, so this is no 404. */
export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
  readonly table: string;
  readonly key: Facts;

  constructor({ table, key }: { readonly table: string; readonly key: Facts }, cause: Error) {
    super(`The record ${JSON.stringify(key)} of the table "${table}" is malformed: ${cause.message}`, { cause });
    this.table = table;
    this.key = key;
  }
}

/** A part of the tasks that were kept for the workflow is gone: only a person deletes one that is still needed. */
export class MissingPart extends Error {
  override readonly name = 'MissingPart';

  constructor(partId: string) {
    super(`The part "${partId}" of the table "submissions" is missing: its tasks are not written yet.`);
  }
}

/** The tasks of a server cannot be settled: its container is not proven stopped yet. */
export class ServerNotStopped extends Error {
  override readonly name = 'ServerNotStopped';

  constructor(serverId: string, status: string) {
    super(`Server ${serverId} is ${status}: its tasks can be settled only when its stop is proven.`);
  }
}

/** Each round of a guarded write was refused because another write was first. A later retry may help. */
export class Contended extends Error {
  override readonly name = 'Contended';

  constructor(record: string, rounds: number) {
    super(`Other writes changed ${record} ${rounds} times in a row; try again later.`);
  }
}

/** 404 for a record of the named kind. */
export function notFound(kind: string, id: string): Refusal {
  return new Refusal('NotFound', `There is no ${kind} "${id}".`, { kind, id });
}

/** 409 for a move that the record's status does not allow. */
export function wrongStatus(kind: string, verb: keyof typeof WHEN, status: string): Refusal {
  return new Refusal('WrongStatus', `This ${kind} is in status ${status} and cannot be ${verb}: ${WHEN[verb]}.`, {
    currentStatus: status,
  });
}

/** When each verb is allowed, and what to do for that. */
const WHEN = {
  'added to': 'only a job in Withhold can; hold it first if it is Waiting',
  held: 'only a job in Waiting can',
  released: 'only a job in Withhold can',
  cancelled:
    'only a job that has not ended can, and only once; if it is Cancelling, wait for its end or read its abort plan',
  'given another priority': 'only a job in Withhold, Waiting or Executing can',
  aborted: 'only a job in Cancelling can; cancel it first if it has not ended',
  requeued: 'only a job that has ended can',
  withdrawn: 'only an abort in Draining can, and a task abort cannot be withdrawn',
};
