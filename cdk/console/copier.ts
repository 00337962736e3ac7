/** What the function may do that copies the files of the console; the CDK itself makes it. */
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { acknowledgeWildcard, wildcardOf } from '#cdk/permissions';

/** By this the id of the function begins, which is there once in a stack. */
const COPIER = 'Custom::CDKBucketDeployment';

type Props = { readonly bucket: IBucket; readonly log: LogGroup };

/** A role with the actions that it needs; the CDK would add some twenty more, by wildcards. */
export function copierRole(scope: Construct, { bucket, log }: Props): IRole {
  const { account, region, partition, synthesizer } = Stack.of(scope);
  const assets = `arn:${partition}:s3:::cdk-${synthesizer.bootstrapQualifier}-assets-${account}-${region}/*`;
  const files = bucket.arnForObjects('*');
  const role = new Role(scope, 'Copier', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const allowed = [
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] },
    { actions: ['s3:GetObject'], resources: [assets] },
    { actions: ['s3:ListBucket'], resources: [bucket.bucketArn] },
    { actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: [files] },
  ];
  for (const statement of allowed) role.addToPolicy(new PolicyStatement(statement));
  for (const arn of [assets, files])
    acknowledgeWildcard(role, wildcardOf(role, arn), 'Only the build knows the names of assets and files.');
  return role.withoutPolicyUpdates();
}

/** Tells cdk-nag who chooses the runtime. */
export function acknowledgeRuntime(scope: Construct): void {
  const copier = Stack.of(scope).node.children.find(({ node }) => node.id.startsWith(COPIER));
  if (copier)
    Validations.of(copier).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'The runtime moves with releases of the CDK.',
    });
}
