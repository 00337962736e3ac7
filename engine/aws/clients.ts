/**
 * The engine's clients of Step Functions and ECS, created at first use. The SDK finds their endpoints by itself
 * (`AWS_ENDPOINT_URL_*`).
 */
import { ECSClient, ECSServiceException } from '@aws-sdk/client-ecs';
import { SFNClient, SFNServiceException } from '@aws-sdk/client-sfn';
import { Throttled } from '#domain/errors';
import { EACH_ATTEMPT, inTime, refuseLate, type SendOptions } from '#store/dynamodb/deadline';

/** The SDK sends a lost or throttled request this often in all, with back-off. */
const MAX_SENDS = 4;
/** Without a limit, a dead connection would hold its request, and its caller, for ever. */
const REQUEST_LIMIT_MS = 5_000;

const LIMITS = {
  maxAttempts: MAX_SENDS,
  requestHandler: {
    connectionTimeout: REQUEST_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    throwOnRequestTimeout: true,
  },
};

let sfn: SFNClient | undefined;
let ecsClient: ECSClient | undefined;

/** The client of Step Functions. */
export function stepFunctions(): SFNClient {
  if (!sfn) {
    sfn = new SFNClient(LIMITS);
    sfn.middlewareStack.add(refuseLate, EACH_ATTEMPT);
  }
  return sfn;
}

/** The client of ECS. */
export function ecs(): ECSClient {
  if (!ecsClient) {
    ecsClient = new ECSClient(LIMITS);
    ecsClient.middlewareStack.add(refuseLate, EACH_ATTEMPT);
  }
  return ecsClient;
}

/**
 * Sends a request of one of the clients, within the deadline of the act that makes it. `send` passes on the options.
 * @throws OutOfTime
 * @throws Throttled if the service takes no attempt
 */
export async function request<T>(send: (options: SendOptions) => Promise<T>): Promise<T> {
  try {
    return await inTime(send);
  } catch (error) {
    if (isBusy(error)) throw new Throttled(error.name, { cause: error });
    throw error;
  }
}

function isBusy(error: unknown): error is Error {
  if (error instanceof SFNServiceException || error instanceof ECSServiceException)
    return error.name === 'ThrottlingException' || error.$fault === 'server';
  return false;
}
