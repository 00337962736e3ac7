/** The image of the batch servers. */
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { IgnoreMode } from 'aws-cdk-lib/core';
import type { Settings } from '#cdk/settings';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** What `server/Dockerfile` copies; all else of the repository stays out of its context. */
const CONTEXT = ['package.json', 'package-lock.json', 'domain', 'store', 'engine', 'processes', 'server'];

/** The image that is given, or else that of `server/Dockerfile`, which the deployment builds; the synthesis needs no Docker. */
export function serverImage({ image }: Pick<Settings, 'image'>): ContainerImage {
  if (image !== undefined) return ContainerImage.fromRegistry(image);
  return ContainerImage.fromAsset(REPOSITORY, {
    file: 'server/Dockerfile',
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
    exclude: ['*', ...CONTEXT.map((path) => `!${path}`)],
  });
}
