/** One page that shows an operator the state of the installation. */
import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { arnsOf, type Names, namesOf, SERVICE } from '#cdk/names';
import { tableNames } from '#cdk/records';
import type { Settings } from '#cdk/settings';
import type { Alarms } from './alarms.ts';
import { awsMetric, ownMetric } from './metrics.ts';

const WIDTH = 8;

type Props = { readonly settings: Settings; readonly apiId: string; readonly alarms: Alarms };

/** Alarms, jobs, servers, aborts, requests and tables in one dashboard. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, apiId, alarms }: Props) {
    super(scope, id);
    const names = namesOf(settings);
    const graphs = { ...jobGraphs(names), ...this.#awsGraphs(names, apiId) };
    const widgets = Object.entries(graphs).map(([title, left]) => new GraphWidget({ title, left, width: WIDTH }));
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: names.installation });
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.alarms], width: 3 * WIDTH }));
    dashboard.addWidgets(...widgets);
  }

  #awsGraphs(names: Names, ApiId: string): Record<string, IMetric[]> {
    const workflow = { StateMachineArn: arnsOf(this, names).workflow('abort-job') };
    const service = { ClusterName: names.cluster, ServiceName: SERVICE };
    const reaper = { FunctionName: names.function('reap') };
    return {
      Aborts: ['ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsFailed'].map((name) =>
        awsMetric({ namespace: 'AWS/States', metricName: name, statistic: 'Sum', dimensionsMap: workflow }),
      ),
      Requests: ['Count', '4xx', '5xx'].map((name) =>
        awsMetric({ namespace: 'AWS/ApiGateway', metricName: name, statistic: 'Sum', dimensionsMap: { ApiId } }),
      ),
      'Latency of requests': [
        awsMetric({ namespace: 'AWS/ApiGateway', metricName: 'Latency', statistic: 'p99', dimensionsMap: { ApiId } }),
      ],
      'Load of the servers (%)': ['CPUUtilization', 'MemoryUtilization'].map((name) =>
        awsMetric({ namespace: 'AWS/ECS', metricName: name, statistic: 'Average', dimensionsMap: service }),
      ),
      'Written capacity': tableNames().map((table) =>
        awsMetric({
          namespace: 'AWS/DynamoDB',
          metricName: 'ConsumedWriteCapacityUnits',
          statistic: 'Sum',
          dimensionsMap: { TableName: names.table(table) },
        }),
      ),
      'Reaper (ms)': [
        awsMetric({ namespace: 'AWS/Lambda', metricName: 'Duration', statistic: 'Maximum', dimensionsMap: reaper }),
      ],
    };
  }
}

function jobGraphs(names: Names): Record<string, IMetric[]> {
  return {
    'Tasks that run, and that wait for a slot': [
      ownMetric(names, 'RunningTasks', 'Maximum'),
      ownMetric(names, 'ReadyTasks', 'Maximum'),
    ],
    'Oldest cancelled job (s)': [ownMetric(names, 'OldestCancellingSeconds', 'Maximum')],
    'Removed submissions': [ownMetric(names, 'SubmissionsRemoved', 'Sum')],
    Servers: [
      ownMetric(names, 'LiveServers', 'Minimum'),
      ownMetric(names, 'UnservedTasks', 'Maximum'),
      ownMetric(names, 'LostServers', 'Sum'),
      ownMetric(names, 'ServersHeldBack', 'Maximum'),
      ownMetric(names, 'ProtectionRefused', 'Maximum'),
      ownMetric(names, 'ServerExits', 'Sum'),
      ownMetric(names, 'DrainDeadlines', 'Sum'),
      ownMetric(names, 'NudgesLost', 'Sum'),
    ],
  };
}
