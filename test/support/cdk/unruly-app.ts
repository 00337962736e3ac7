/** The app, and in it something that breaks the rules of AwsSolutions: a queue that takes requests without TLS. */
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Stack } from 'aws-cdk-lib/core';
import { app } from '#cdk/app';

new Queue(new Stack(app, 'unruly'), 'Queue');
