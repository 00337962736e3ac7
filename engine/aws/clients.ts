/**
 * The engine's clients of Step Functions and ECS, created at first use. The SDK finds their endpoints by itself
 * (`AWS_ENDPOINT_URL_*`).
 */
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';

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
  sfn ??= new SFNClient(LIMITS);
  return sfn;
}

/** The client of ECS. */
export function ecs(): ECSClient {
  ecsClient ??= new ECSClient(LIMITS);
  return ecsClient;
}
