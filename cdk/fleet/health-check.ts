/** How ECS sees that a server lives. */
import type { HealthCheck } from 'aws-cdk-lib/aws-ecs';
import { Duration } from 'aws-cdk-lib/core';
import type { Settings } from '#cdk/settings';
import { MISSED_HEARTBEATS } from '#domain/limits';
import { HEARTBEAT_FILE } from '#domain/servers/server';

/** From the first start of a server: loading its handlers, and its first heartbeat. */
const START_SECONDS = 120;
const INTERVAL_SECONDS = 30;
const TIMEOUT_SECONDS = 10;
const RETRIES = 3;
/** A server under full load may be late by some heartbeats without being ill. */
const PATIENCE = 2;

/**
 * Asks whether the heartbeat's file was written lately. A server that never beats, or whose process hangs, is stopped
 * as unhealthy, and counts for the circuit breaker of a deployment. A server whose store is away goes on writing it.
 */
export function heartbeatCheck({ heartbeatSeconds }: Pick<Settings, 'heartbeatSeconds'>): HealthCheck {
  const minutes = 1 + Math.ceil((PATIENCE * MISSED_HEARTBEATS * heartbeatSeconds) / 60);
  return {
    command: ['CMD-SHELL', `test -n "$(find "\${TMPDIR:-/tmp}/${HEARTBEAT_FILE}" -mmin -${minutes})"`],
    startPeriod: Duration.seconds(START_SECONDS),
    interval: Duration.seconds(INTERVAL_SECONDS),
    timeout: Duration.seconds(TIMEOUT_SECONDS),
    retries: RETRIES,
  };
}
