/** The health check of a server's container, for its task definition. */
import type { HealthCheck } from 'aws-cdk-lib/aws-ecs';
import { Duration } from 'aws-cdk-lib/core';
import type { Settings } from '#cdk/settings';
import { heartbeatCheck } from '#domain/servers/health-check';

/** The check that both hosts make, as the CDK has it. */
export function healthCheckOf({ heartbeatSeconds }: Pick<Settings, 'heartbeatSeconds'>): HealthCheck {
  const { command, retries, ...seconds } = heartbeatCheck(heartbeatSeconds);
  return {
    command,
    startPeriod: Duration.seconds(seconds.startPeriod),
    interval: Duration.seconds(seconds.interval),
    timeout: Duration.seconds(seconds.timeout),
    retries,
  };
}
