/** The queue of nudges: functions and servers tell idle servers by it that there are tasks. */
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { NUDGE_RETENTION_SECONDS, NUDGE_VISIBILITY_SECONDS, NUDGE_WAIT_SECONDS } from '#domain/limits';
import { namesOf } from './names.ts';
import type { Settings } from './settings.ts';

/** A nudge that no idle server takes soon is of no use to anyone: it expires. */
export class Nudges extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const queue = new Queue(this, 'Queue', {
      queueName: namesOf(settings).nudges,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      receiveMessageWaitTime: Duration.seconds(NUDGE_WAIT_SECONDS),
      visibilityTimeout: Duration.seconds(NUDGE_VISIBILITY_SECONDS),
      retentionPeriod: Duration.seconds(NUDGE_RETENTION_SECONDS),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'A nudge has nothing to keep: servers look for tasks without one, too.',
    });
  }
}
