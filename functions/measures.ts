/** Publishes measures as log lines in CloudWatch's embedded metric format: CloudWatch itself makes metrics of them. */
import { MEASURES, type Measured } from '#domain/measures';
import { logger } from './logger.ts';

/** Publishes in the namespace `Lastcall`, under the service that each log line names (`POWERTOOLS_SERVICE_NAME`). */
export function publish(values: Measured): void {
  const Metrics = Object.entries(MEASURES)
    .filter(([Name]) => Name in values)
    .map(([Name, { unit: Unit }]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: 'Lastcall', Dimensions: [['service']], Metrics }];
  logger.info('Measured.', { ...values, _aws: { Timestamp: Date.now(), CloudWatchMetrics } });
}
