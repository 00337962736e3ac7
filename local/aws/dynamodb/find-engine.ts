/** Finds the engine's program among the packages. */
import { createRequire } from 'node:module';

/** The engine cannot start, or is lost. */
export class EngineFailed extends Error {
  override readonly name = 'EngineFailed';
}

type Platform = { readonly platform: string; readonly arch: string };

/** A package of this version for each of these platforms. Only that of Linux x64 is installed with the others. */
export const ENGINE_VERSION = '1.2.1';
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

/**
 * The path of the engine's program for the platform.
 * @throws EngineFailed with the command that brings it, or with the way to another engine
 */
export function findEngine({ platform, arch }: Platform = process): string {
  const name = `@dynoxide/${platform}-${arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/dynoxide${platform === 'win32' ? '.exe' : ''}`);
  } catch (cause) {
    const isMade = PLATFORMS.includes(`${platform}-${arch}`);
    const way = isMade ? `run "npm install --no-save ${name}@${ENGINE_VERSION}", or start` : 'start';
    throw new EngineFailed(
      `There is no DynamoDB engine for ${platform}-${arch} among the packages: ${way} another one, such as AWS's ` +
        'DynamoDB Local, and set AWS_ENDPOINT_URL_DYNAMODB to its URL.',
      { cause },
    );
  }
}
