/** How both hosts see that a server lives: a command in its container asks for the age of the heartbeat's file. */
import { MISSED_HEARTBEATS } from '#domain/limits';
import { HEARTBEAT_FILE } from './server.ts';

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
 * The fields are those of a container definition of ECS; times are in seconds.
 */
export function heartbeatCheck(heartbeatSeconds: number) {
  const minutes = 1 + Math.ceil((PATIENCE * MISSED_HEARTBEATS * heartbeatSeconds) / 60);
  const command: ['CMD-SHELL', string] = [
    'CMD-SHELL',
    `test -n "$(find "\${TMPDIR:-/tmp}/${HEARTBEAT_FILE}" -mmin -${minutes})"`,
  ];
  return {
    command,
    startPeriod: START_SECONDS,
    interval: INTERVAL_SECONDS,
    timeout: TIMEOUT_SECONDS,
    retries: RETRIES,
  };
}
