/** The image of the batch servers. */
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { IgnoreMode } from 'aws-cdk-lib/core';
import type { Settings } from '#cdk/settings';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** What `server/Dockerfile` copies. Nothing else of the repository is in its context. */
const CONTEXT = ['package.json', 'package-lock.json', 'domain', 'store', 'engine', 'processes', 'server'];

/** The image of the settings, or that of `server/Dockerfile`: only the deployment builds it and needs Docker. */
export function serverImage({ image }: Pick<Settings, 'image'>): ContainerImage {
  if (image !== undefined) return ContainerImage.fromRegistry(image);
  return ContainerImage.fromAsset(REPOSITORY, {
    file: 'server/Dockerfile',
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
    exclude: ['*', ...CONTEXT.map((path) => `!${path}`)],
  });
}
