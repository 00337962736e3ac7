/** EventBridge: it calls functions on a schedule, and when ECS reports that a server's container has stopped. */
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

/** How long an operator can look at events that failed for good. */
const UNDELIVERED_DAYS = 14;
const MINUTE_SECONDS = 60;
const POLL_SECONDS = 20;
const MAX_RECEIVES = 3;
/** Longer than the function may take, so a message does not call it twice at once. */
const VISIBILITY_MINUTES = 6;
/** The next minute's call does what a late message would do. */
const DELAY_RETENTION_MINUTES = 10;
const BATCH_MESSAGES = 10;
const MAX_CONCURRENT_CALLS = 2;

type Props = { readonly settings: Settings; readonly functions: Functions; readonly undelivered: Queue };

/** The rules and delayed messages that call functions. */
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

  /** Only a stopped container matters: it is the proof that nothing in it still runs. */
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

  /** EventBridge has no period below a minute: delayed messages call the function again within the minute. */
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
      visibilityTimeout: Duration.minutes(VISIBILITY_MINUTES),
      retentionPeriod: Duration.minutes(DELAY_RETENTION_MINUTES),
      deadLetterQueue: { queue: this.#props.undelivered, maxReceiveCount: MAX_RECEIVES },
    });
    target.addEventSource(
      new SqsEventSource(queue, { batchSize: BATCH_MESSAGES, maxConcurrency: MAX_CONCURRENT_CALLS }),
    );
    return queue;
  }

  #call(name: string): LambdaFunction {
    const { functions, undelivered } = this.#props;
    return new LambdaFunction(functions.of(name), { deadLetterQueue: undelivered });
  }
}

/** The queue of events that could not be delivered or failed for good. */
export function undeliveredQueue(scope: Construct): Queue {
  return new Queue(scope, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(UNDELIVERED_DAYS),
  });
}
