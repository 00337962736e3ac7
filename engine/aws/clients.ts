/** The engine's clients of Step Functions and ECS, made at first use. The SDK finds their endpoints by itself (`AWS_ENDPOINT_URL_*`). */
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';

/** Refused by a throttled service, or lost, a request is sent again by the SDK, with back-off, this often in all. */
const MAX_SENDS = 4;
/** A connection that has died silently would otherwise hold its request, and whoever waits for it, for ever. */
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

/** Step Functions. */
export function stepFunctions(): SFNClient {
  sfn ??= new SFNClient(LIMITS);
  return sfn;
}

/** ECS. */
export function ecs(): ECSClient {
  ecsClient ??= new ECSClient(LIMITS);
  return ecsClient;
}
