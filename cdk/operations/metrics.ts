/** Metrics: those of AWS itself, and the measures of `domain/measures.ts` that the functions publish. */
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Names } from '#cdk/names';
import type { Measure } from '#domain/measures';

type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'p99';

const PERIOD = Duration.minutes(1);

/** A measure that the functions of this installation publish. */
export function ownMetric(names: Names, metricName: Measure, statistic: Statistic): Metric {
  return new Metric({ ...names.metrics, metricName, statistic, period: PERIOD });
}

type AwsMetric = {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: Statistic;
  readonly dimensionsMap?: Record<string, string>;
};

/** A metric of AWS, by its dimensions. */
export function awsMetric(metric: AwsMetric): Metric {
  return new Metric({ dimensionsMap: {}, ...metric, period: PERIOD });
}

/** The sum of these metrics. */
export function sumOf(label: string, metrics: readonly Metric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({ expression: 'SUM(METRICS())', usingMetrics, label, period: PERIOD });
}
