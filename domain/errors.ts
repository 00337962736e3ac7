/** Every refusal that a caller can meet: a stable code, its HTTP status, and the facts that explain it. */

export const ERROR_STATUS = {
  InvalidRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  WrongStatus: 409,
  SystemJob: 409,
  PlanChanged: 409,
  NothingToAbort: 409,
  IdempotencyKeyReused: 409,
  TooLarge: 413,
  TooManyRequests: 429,
  Unavailable: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** Facts shown beside the message, as extension members of the problem+json reply. */
type Facts = Readonly<Record<string, unknown>>;

/** A refusal. The message says what is wrong, the value got, and what to do. */
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

/** DynamoDB will never take a record as it is, such as one of more than 400 KB: to write it again does not help. */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';
}

/** A process's environment lacks a variable that it needs, or has a wrong one: it does not start. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';

  constructor(problem: string) {
    super(`The environment is not complete: ${problem}`);
  }
}

/** Nothing that a server ran may be settled before its container is proven stopped. */
export class ServerNotStopped extends Error {
  override readonly name = 'ServerNotStopped';

  constructor(serverId: string, status: string) {
    super(`Server ${serverId} is ${status}: what it ran may be settled only when its stop is proven.`);
  }
}

/** Others have changed a record so often in a row that a guarded write never held: the act is to be tried again later. */
export class Contended extends Error {
  override readonly name = 'Contended';

  constructor(record: string, attempts: number) {
    super(`Others changed ${record} ${attempts} times in a row; try again later.`);
  }
}

/** 404 for a record of the named kind. */
export function notFound(kind: string, id: string): Refusal {
  return new Refusal('NotFound', `There is no ${kind} "${id}".`, { kind, id });
}

/** 409 for a move that the record's status does not allow. */
export function wrongStatus(kind: string, verb: keyof typeof WHEN, status: string): Refusal {
  return new Refusal(
    'WrongStatus',
    `This ${kind} is in status ${status}, in which it cannot be ${verb}: ${WHEN[verb]}.`,
    {
      currentStatus: status,
    },
  );
}

/** When it could be done, and what to do for that. */
const WHEN = {
  'added to': 'only a job in Withhold can',
  held: 'only a job in Waiting can',
  released: 'only a job in Withhold can',
  cancelled: 'only a job that has not ended can, and once',
  'given another priority': 'only a job in Withhold, Waiting or Executing can',
  aborted: 'only a job in Cancelling can; cancel it first, if it has not ended',
  requeued: 'only a job that has ended can',
  withdrawn: 'only an abort whose servers drain can',
};
