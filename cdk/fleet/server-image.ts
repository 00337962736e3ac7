/** The image of the batch servers. */
import { join } from 'node:path';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Arn, IgnoreMode, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Settings } from '#cdk/settings';
import { withHandlers } from './handlers-folder.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** What `server/Dockerfile` copies. Nothing else of the repository is in its context. */
const CONTEXT = ['package.json', 'package-lock.json', 'domain', 'store', 'engine', 'processes', 'server'];
/** An image in ECR: account, region, repository, and the tag or digest. */
const ECR =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([a-z0-9._/-]+)(?::([\w.-]+)|@(sha256:[0-9a-f]{64}))?$/;

/**
 * The image of the settings, with the right to pull it; or that of `server/Dockerfile`, with the folder of handlers if
 * there is one: only the deployment builds it and needs Docker.
 */
export function serverImage(scope: Construct, settings: Settings): ContainerImage {
  const { image, handlersFolder, baseImage } = settings;
  if (image !== undefined) return imageOf(scope, image, settings);
  const asset = (directory: string) =>
    new DockerImageAsset(scope, 'Image', {
      directory,
      file: 'server/Dockerfile',
      platform: Platform.LINUX_ARM64,
      ...(baseImage === undefined ? {} : { buildArgs: { BASE: baseImage } }),
      ignoreMode: IgnoreMode.DOCKER,
      exclude: ['*', ...[...CONTEXT, 'handlers'].map((path) => `!${path}`), '**/node_modules'],
    });
  if (handlersFolder === undefined) return ContainerImage.fromDockerImageAsset(asset(REPOSITORY));
  const server = CONTEXT.map((path) => join(REPOSITORY, path));
  return ContainerImage.fromDockerImageAsset(withHandlers({ server, handlersFolder }, asset));
}

function imageOf(scope: Construct, image: string, { imageSecret }: Settings): ContainerImage {
  const [, account, region, repositoryName = '', tag, digest] = ECR.exec(image) ?? [];
  if (account === undefined || region === undefined)
    return ContainerImage.fromRegistry(
      image,
      imageSecret === undefined ? {} : { credentials: Secret.fromSecretNameV2(scope, 'ImageSecret', imageSecret) },
    );
  const stack = Stack.of(scope);
  const repositoryArn = Arn.format(
    { service: 'ecr', resource: 'repository', resourceName: repositoryName, account, region },
    stack,
  );
  const repository = Repository.fromRepositoryAttributes(scope, 'Repository', { repositoryArn, repositoryName });
  return ContainerImage.fromEcrRepository(repository, tag ?? digest);
}
