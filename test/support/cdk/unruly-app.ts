/** The app, with a queue that breaks a rule of AwsSolutions: it takes requests without TLS. */
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Stack } from 'aws-cdk-lib/core';
import { app } from '#cdk/app';

new Queue(new Stack(app, 'unruly'), 'Queue');
