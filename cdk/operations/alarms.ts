/** The alarms: each says what has happened and what to do. */
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { arnsOf, type Names, namesOf } from '#cdk/names';
import { tableNames } from '#cdk/records';
import type { Settings } from '#cdk/settings';
import { TABLES, type TableName } from '#store/schema';
import { FleetEvents, fleetWatches } from './fleet-watches.ts';
import { awsMetric, ownMetric, sumOf } from './metrics.ts';

/** A task in Cancelling for so long, beside the drain of an abort, will hardly end by itself. */
const STUCK_SECONDS = 1800;
const SILENT_MINUTES = 5;

type AlarmsProps = { readonly settings: Settings; readonly apiId: string; readonly undeliveredName: string };
type Watch = {
  readonly metric: IMetric;
  readonly says: string;
  readonly threshold?: number;
  readonly minutes?: number;
  /** Alarm if the value is too low or missing. */
  readonly below?: true;
};

/** All alarms go to one topic, to which operators subscribe. */
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
    new FleetEvents(this, 'Fleet', { settings, target: new SnsTopic(topic) });
  }

  #watches({ settings, apiId, undeliveredName }: AlarmsProps): Record<string, Watch> {
    const names = namesOf(settings);
    return {
      ...ownWatches(settings, names),
      ...fleetWatches(names),
      FailedAborts: {
        metric: this.#failedAborts(names),
        says: 'An abort has failed: its record has the step and the reason. Remove the cause and abort the job again.',
      },
      Undelivered: {
        metric: awsMetric({
          namespace: 'AWS/SQS',
          metricName: 'ApproximateNumberOfMessagesVisible',
          statistic: 'Maximum',
          dimensionsMap: { QueueName: undeliveredName },
        }),
        says: 'An event failed for good. The reaper does what it would have done; the message says what failed.',
      },
      FunctionThrottles: {
        // Of the whole account and region: all functions share one pool of concurrency.
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
        says: 'Requests failed by a fault of Lastcall: look at the logs of the functions.',
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
      says: 'A cancelled job does not end: look at its tasks, and abort it if nothing else helps.',
    },
    DrainDeadlines: {
      metric: ownMetric(names, 'DrainDeadlines', 'Sum'),
      says: 'A server was restarted at the deadline of its drain while tasks of other jobs still ran on it.',
    },
    LostServers: {
      metric: ownMetric(names, 'LostServers', 'Sum'),
      says: 'A server sent no heartbeats and was stopped; its tasks are settled. Look at its log.',
    },
    ServersHeldBack: {
      metric: ownMetric(names, 'ServersHeldBack', 'Maximum'),
      says: 'Many servers are silent at once, and only some are declared lost: do they reach DynamoDB? See silentSince.',
    },
    ...servedWatch(desiredServers, names),
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
      says: 'The reaper is not called: lost servers and half-done jobs stay as they are.',
    },
    ReaperFails: {
      metric: awsMetric({
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        statistic: 'Sum',
        dimensionsMap: { FunctionName: names.function('reap') },
      }),
      minutes: 3,
      says: 'The reaper keeps failing: its log says why.',
    },
  };
}

/** A fleet that sleeps may have no server, but not while tasks wait. */
function servedWatch(desiredServers: number, names: Names): Record<string, Watch> {
  if (desiredServers === 0)
    return {
      UnservedTasks: {
        metric: ownMetric(names, 'UnservedTasks', 'Maximum'),
        minutes: 10,
        says: 'Tasks wait, but no server lives: look at the events of the ECS service, and at the log of the reaper.',
      },
    };
  return {
    FewServers: {
      metric: ownMetric(names, 'LiveServers', 'Minimum'),
      threshold: desiredServers,
      minutes: 10,
      below: true,
      says: 'Fewer servers live than desired: look at the events of the ECS service.',
    },
  };
}

function tableWatches(names: Names): Record<string, Watch> {
  const watches = tableNames().map((name) => [`Throttles-${name}`, tableWatch(name, names)] as const);
  const indexes = tableNames().flatMap((table) =>
    TABLES[table].indexes
      .filter(({ kind }) => kind === 'global')
      .map((index) => [`Throttles-${table}-${index.name}`, indexWatch(table, index.name, names)] as const),
  );
  return Object.fromEntries([...watches, ...indexes]);
}

function tableWatch(table: TableName, names: Names): Watch {
  const dimensions = { TableName: names.table(table) };
  const throttles = ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => throttlesOf(name, dimensions));
  const says = 'Requests were throttled; the SDK repeats them. If it lasts, a partition is hot or a quota is reached.';
  return { metric: sumOf(`Throttles of ${table}`, throttles), minutes: 5, says };
}

/** A table that is in order still refuses writes while one of its indexes is throttled. */
function indexWatch(table: TableName, index: string, names: Names): Watch {
  const dimensions = { TableName: names.table(table), GlobalSecondaryIndexName: index };
  const says = `The index ${index} takes no more writes, and so its table refuses them: one key of it is hot. The setting hotKeys shows which.`;
  return { metric: throttlesOf('WriteThrottleEvents', dimensions), minutes: 5, says };
}

function throttlesOf(metricName: string, dimensionsMap: Record<string, string>) {
  return awsMetric({ namespace: 'AWS/DynamoDB', metricName, statistic: 'Sum', dimensionsMap });
}
