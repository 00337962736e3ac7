/** Credentials of a role that this process may assume. */
import { ECSClient } from '@aws-sdk/client-ecs';

/** What proves the role, until the expiration. */
export type RoleCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
};

/**
 * Credentials of the role of this profile in the SDK's configuration file, each time they are asked for. Each client of
 * the SDK assumes the role of its profile by itself, and keeps its credentials until five minutes before they expire.
 */
export function roleOf(profile: string): () => Promise<RoleCredentials> {
  const { config } = new ECSClient({ profile });
  return async () => await config.credentials();
}
