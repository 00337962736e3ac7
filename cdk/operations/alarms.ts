/** What an operator must hear of, each alarm with what to do. */
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { arnsOf, type Names, namesOf } from '#cdk/names';
import { tableNames } from '#cdk/records';
import type { Settings } from '#cdk/settings';
import { awsMetric, ownMetric, sumOf } from './metrics.ts';

/** A task that was told to end for so long, beside the drain of an abort, will hardly end by itself. */
const STUCK_SECONDS = 1800;
const SILENT_MINUTES = 5;

type AlarmsProps = { readonly settings: Settings; readonly apiId: string; readonly undeliveredName: string };
type Watch = {
  readonly metric: IMetric;
  readonly says: string;
  readonly threshold?: number;
  readonly minutes?: number;
  /** What means trouble when it is too little, and when nothing is heard of it. */
  readonly below?: true;
};

/** All alarms go to one topic; whoever is to be told subscribes to it. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { settings } = props;
    const topic = new Topic(this, 'Topic', { topicName: namesOf(settings).function('alarms'), enforceSSL: true });
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
    const action = new SnsAction(topic);
    this.alarms = Object.entries(this.#watches(props)).map(([name, watch]) => this.#add(name, watch, settings));
    for (const alarm of this.alarms) alarm.addAlarmAction(action);
  }

  #watches({ settings, apiId, undeliveredName }: AlarmsProps): Record<string, Watch> {
    const names = namesOf(settings);
    return {
      ...ownWatches(settings, names),
      FailedAborts: {
        metric: this.#failedAborts(names),
        says: 'An abort has failed: its record names the step and the reason. Mend that and ask again.',
      },
      Undelivered: {
        metric: awsMetric({
          namespace: 'AWS/SQS',
          metricName: 'ApproximateNumberOfMessagesVisible',
          statistic: 'Maximum',
          dimensionsMap: { QueueName: undeliveredName },
        }),
        says: 'An event failed for good. The reaper makes up for it; the message says what failed.',
      },
      FunctionThrottles: {
        // Of the whole account and region: all functions draw from one pool of concurrency.
        metric: awsMetric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum' }),
        says: 'Functions are throttled: raise the quota of concurrent executions.',
      },
      ApiFaults: {
        metric: awsMetric({
          namespace: 'AWS/ApiGateway',
          metricName: '5xx',
          statistic: 'Sum',
          dimensionsMap: { ApiId: apiId },
        }),
        says: 'Requests failed for a fault of ours: look at the logs of the functions.',
        minutes: 2,
      },
      ...tableWatches(names),
    };
  }

  #failedAborts(names: Names) {
    const dimensions = { StateMachineArn: arnsOf(this, names).workflow('abort-job') };
    const ends = ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'];
    return sumOf(
      'Failed aborts',
      ends.map((end) =>
        awsMetric({ namespace: 'AWS/States', metricName: end, statistic: 'Sum', dimensionsMap: dimensions }),
      ),
    );
  }

  #add(name: string, { metric, says, threshold = 0, minutes = 1, below }: Watch, settings: Settings): Alarm {
    const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD } = ComparisonOperator;
    return new Alarm(this, name, {
      alarmName: namesOf(settings).function(name),
      alarmDescription: says,
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: below ? LESS_THAN_THRESHOLD : GREATER_THAN_THRESHOLD,
      treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

function ownWatches({ drainSeconds, desiredServers }: Settings, names: Names): Record<string, Watch> {
  return {
    StuckCancelling: {
      metric: ownMetric(names, 'OldestCancellingSeconds', 'Maximum'),
      threshold: STUCK_SECONDS + drainSeconds,
      says: 'A cancelled job does not come to its end: look at its tasks, and abort it if nothing else helps.',
    },
    DrainDeadlines: {
      metric: ownMetric(names, 'DrainDeadlines', 'Sum'),
      says: 'A server was restarted at the end of its drain while tasks of other jobs still ran on it.',
    },
    LostServers: {
      metric: ownMetric(names, 'LostServers', 'Sum'),
      says: 'A server was silent and was fenced; its tasks are settled. Look at its log.',
    },
    FewServers: {
      metric: ownMetric(names, 'LiveServers', 'Minimum'),
      threshold: desiredServers,
      minutes: 10,
      below: true,
      says: 'Fewer servers live than are desired: look at the events of the ECS service.',
    },
    ReaperSilent: {
      metric: awsMetric({
        namespace: 'AWS/Lambda',
        metricName: 'Invocations',
        statistic: 'Sum',
        dimensionsMap: { FunctionName: names.function('reap') },
      }),
      threshold: 1,
      minutes: SILENT_MINUTES,
      below: true,
      says: 'The reaper is not called: lost servers and half done jobs stay as they are.',
    },
    ReaperFails: {
      metric: awsMetric({
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        statistic: 'Sum',
        dimensionsMap: { FunctionName: names.function('reap') },
      }),
      minutes: 3,
      says: 'The reaper fails again and again: its log says why.',
    },
  };
}

function tableWatches(names: Names): Record<string, Watch> {
  const watches = tableNames().map((table) => {
    const dimensions = { TableName: names.table(table) };
    const throttles = ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
      awsMetric({ namespace: 'AWS/DynamoDB', metricName: name, statistic: 'Sum', dimensionsMap: dimensions }),
    );
    const says = 'Requests were throttled; the SDK repeats them. If it lasts, a partition is hot or a quota reached.';
    return [`Throttles-${table}`, { metric: sumOf(`Throttles of ${table}`, throttles), minutes: 5, says }] as const;
  });
  return Object.fromEntries(watches);
}
