/** EventBridge: functions that are called on a schedule, and on what ECS says of the servers' containers. */
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { arnsOf, namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { CATALOG } from '#functions/catalog/catalog';
import type { Functions } from './functions.ts';

/** Events that failed for good are kept so long for an operator to look at. */
const UNDELIVERED_DAYS = 14;
const MINUTE_SECONDS = 60;
const POLL_SECONDS = 20;
const MAX_RECEIVES = 3;

type Props = { readonly settings: Settings; readonly functions: Functions; readonly undelivered: Queue };

export class Events extends Construct {
  readonly #props: Props;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.#props = props;
    for (const { name, calledBy } of CATALOG) {
      if ('event' in calledBy) this.#addStateChange(name, calledBy.event);
      if ('schedule' in calledBy) this.#addSchedule(name, calledBy.schedule.everyHeartbeats);
    }
  }

  /** Only that a container has stopped is of interest: it is the proof that nothing of it runs any more. */
  #addStateChange(name: string, detailType: string): void {
    const { settings } = this.#props;
    new Rule(this, name, {
      description: `Lastcall: a server's container has stopped (${name})`,
      eventPattern: {
        source: ['aws.ecs'],
        detailType: [detailType],
        detail: { clusterArn: [arnsOf(this, namesOf(settings)).cluster], lastStatus: ['STOPPED'] },
      },
      targets: [this.#call(name)],
    });
  }

  /** EventBridge knows no period below a minute: within one, messages that are delivered later call the function again. */
  #addSchedule(name: string, everyHeartbeats: number): void {
    const { settings, functions } = this.#props;
    const periodSeconds = everyHeartbeats * settings.heartbeatSeconds;
    const minutes = Math.ceil(periodSeconds / MINUTE_SECONDS);
    const rule = new Rule(this, name, {
      description: `Lastcall: calls ${name} every ${periodSeconds} s`,
      schedule: Schedule.rate(Duration.minutes(minutes)),
      targets: [this.#call(name)],
    });
    for (let seconds = periodSeconds; seconds < MINUTE_SECONDS; seconds += periodSeconds)
      rule.addTarget(new SqsQueue(this.#addDelay(functions.of(name), name, seconds)));
  }

  #addDelay(target: Lambda, name: string, seconds: number): Queue {
    const queue = new Queue(this, `${name}-after-${seconds}`, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deliveryDelay: Duration.seconds(seconds),
      receiveMessageWaitTime: Duration.seconds(POLL_SECONDS),
      // Longer than the function may take, so that it is not called twice at once.
      visibilityTimeout: Duration.minutes(6),
      // What the next minute does anyhow need not be done late.
      retentionPeriod: Duration.minutes(10),
      deadLetterQueue: { queue: this.#props.undelivered, maxReceiveCount: MAX_RECEIVES },
    });
    target.addEventSource(new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 2 }));
    return queue;
  }

  #call(name: string): LambdaFunction {
    const { functions, undelivered } = this.#props;
    return new LambdaFunction(functions.of(name), { deadLetterQueue: undelivered });
  }
}

/** The queue of what could not be delivered or failed for good. */
export function undeliveredQueue(scope: Construct): Queue {
  return new Queue(scope, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(UNDELIVERED_DAYS),
  });
}
