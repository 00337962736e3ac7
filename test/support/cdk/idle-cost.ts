/** What an installation costs at rest, by what its templates have. `docs/cost.md` has the prices. */
import type { Resource, Synthesis } from './synthesis.ts';

const HOURS = 730;
const MINUTES = 43_800;
/** Lambda polls a queue by five pollers at least, each three times a minute (guide, "Scaling for SQS"). */
const POLLS = 15 * MINUTES;
/** One call of the reaper that finds nothing: the call, 0.1 s of 0.5 GB, 6 RCU, 1 WCU, 0.5 kB of log. */
const CALL = 0.0000002 + 0.1 * 0.5 * 0.0000133334 + 6 * 0.000000125 + 0.000000625 + 0.0000005 * 0.5;

const PRICES: Readonly<Record<string, number>> = {
  'alarmed metrics': 0.1,
  dashboards: 3,
  keys: 1,
  secrets: 0.4,
  'NAT gateways': (0.045 + 0.005) * HOURS,
  'interface endpoints': 2 * 0.01 * HOURS,
  'polled queues': POLLS * 0.0000004,
  'calls of the reaper in a minute': MINUTES * CALL,
};

/** The number of each thing that costs something at rest, and the dollars a month. */
export function idleCost(synthesis: Synthesis): { counts: Record<string, number>; dollars: number } {
  const count = (type: string) => synthesis.resources(type).length;
  const endpoints = synthesis.resources('AWS::EC2::VPCEndpoint');
  const queues = count('AWS::Lambda::EventSourceMapping');
  const counts: Record<string, number> = {
    'alarmed metrics': synthesis.resources('AWS::CloudWatch::Alarm').flatMap(metricsOf).length,
    dashboards: count('AWS::CloudWatch::Dashboard'),
    keys: count('AWS::KMS::Key'),
    secrets: count('AWS::SecretsManager::Secret'),
    'NAT gateways': count('AWS::EC2::NatGateway'),
    'interface endpoints': endpoints.filter(({ properties }) => properties.VpcEndpointType === 'Interface').length,
    'polled queues': queues,
    'calls of the reaper in a minute': 1 + queues,
  };
  const dollars = Object.entries(counts).reduce((sum, [name, number]) => sum + number * (PRICES[name] ?? 0), 0);
  return { counts, dollars };
}

/** An alarm costs by the metrics that it reads; an expression over them costs nothing. */
function metricsOf({ properties }: Resource): unknown[] {
  const metrics = Array.isArray(properties.Metrics) ? properties.Metrics : [{ MetricStat: properties.MetricName }];
  return metrics.filter((metric) => metric.MetricStat !== undefined);
}
