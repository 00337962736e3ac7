/** Publishes measures as log lines in CloudWatch's embedded metric format: CloudWatch itself makes metrics of them. */
import { embedded, type Measured } from '#domain/measures';
import { logger } from './logger.ts';

/** Publishes under the service that each log line names (`POWERTOOLS_SERVICE_NAME`). */
export function publish(values: Measured): void {
  logger.info('Measured.', embedded(values, Date.now()));
}
