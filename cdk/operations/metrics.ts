/** What is measured: by AWS itself, and by the functions (`functions/metrics.ts`) in the namespace `Lastcall`. */
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Names } from '#cdk/names';

type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'p99';
type Own = 'ReadyTasks' | 'OldestCancellingSeconds' | 'LiveServers' | 'LostServers' | 'DrainDeadlines';

const PERIOD = Duration.minutes(1);

/** A metric that the functions of this installation publish. */
export function ownMetric(names: Names, metricName: Own, statistic: Statistic): Metric {
  return new Metric({ ...names.metrics, metricName, statistic, period: PERIOD });
}

type AwsMetric = {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: Statistic;
  readonly dimensionsMap?: Record<string, string>;
};

/** A metric of AWS's, by its dimensions. */
export function awsMetric(metric: AwsMetric): Metric {
  return new Metric({ dimensionsMap: {}, ...metric, period: PERIOD });
}

/** All of these together. */
export function sumOf(label: string, metrics: readonly Metric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({ expression: 'SUM(METRICS())', usingMetrics, label, period: PERIOD });
}
