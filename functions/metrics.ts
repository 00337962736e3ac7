/** What the functions measure, as log lines in CloudWatch's embedded metric format: CloudWatch makes metrics of them by itself. */
import { logger } from './logger.ts';

type Metric =
  /** Tasks that may run and wait for a slot, of each job at most `MAX_READY_COUNTED`. */
  | 'ReadyTasks'
  | 'OldestCancellingSeconds'
  | 'LiveServers'
  | 'LostServers'
  /** Servers that were stopped at the end of their drain, while tasks in Executing still ran on them. */
  | 'DrainDeadlines';

/** Publishes values in the namespace `Lastcall`, under the service's name (`POWERTOOLS_SERVICE_NAME`), which each log line has. */
export function publish(values: Readonly<Partial<Record<Metric, number>>>): void {
  const Metrics = Object.keys(values).map((Name) => ({ Name, Unit: Name.endsWith('Seconds') ? 'Seconds' : 'Count' }));
  const CloudWatchMetrics = [{ Namespace: 'Lastcall', Dimensions: [['service']], Metrics }];
  logger.info('Measured.', { ...values, _aws: { Timestamp: Date.now(), CloudWatchMetrics } });
}
