/** The built files of the console in a private bucket, and how they get there. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { WrongSettings } from '#cdk/errors';
import { logGroup } from '#cdk/log-group';
import { namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { CONSOLE_FOLDER, HASHED_CACHE, HASHED_FILES, PAGE_CACHE } from '#functions/catalog/console';
import { acknowledgeRuntime, copierRole } from './copier.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** In the packed package this file lies in `dist` itself. */
const PACKAGE = basename(ROOT) === 'dist' ? join(ROOT, '..') : ROOT;
const HASHED = basename(HASHED_FILES);

type Props = { readonly settings: Settings };

/** A bucket that only the distribution may read. It goes with its stack. */
export class ConsoleFiles extends Construct {
  readonly bucket: IBucket;

  /** @throws WrongSettings if the console is not built */
  constructor(scope: Construct, id: string, { settings }: Props) {
    super(scope, id);
    const folder = builtConsole();
    this.bucket = privateBucket(this);
    const log = logGroup(this, 'Log', { name: `/aws/lambda/${namesOf(settings).console}-files`, settings });
    const role = copierRole(this, { bucket: this.bucket, log });
    const common = { destinationBucket: this.bucket, prune: false, logGroup: log, role };
    // Files of earlier deployments stay: a page that is open may still ask for them.
    const hashed = new BucketDeployment(this, 'Hashed', {
      ...common,
      sources: [Source.asset(join(folder, HASHED))],
      destinationKeyPrefix: `console/${HASHED}`,
      cacheControl: [CacheControl.fromString(HASHED_CACHE)],
    });
    const pages = new BucketDeployment(this, 'Pages', {
      ...common,
      sources: [Source.asset(folder, { exclude: [HASHED] })],
      destinationKeyPrefix: 'console',
      cacheControl: [CacheControl.fromString(PAGE_CACHE)],
    });
    // A page never names a file that is not there yet.
    pages.node.addDependency(hashed);
    acknowledgeRuntime(this);
  }
}

/**
 * The folder that `vite build` writes.
 * @throws WrongSettings if the console is not built
 */
export function builtConsole(folder: string = join(PACKAGE, CONSOLE_FOLDER)): string {
  if (existsSync(join(folder, 'index.html'))) return folder;
  throw new WrongSettings(
    `console: ${folder} has no console. Build it by \`npm run prepare\`, or leave it out by {"console":false}.`,
  );
}

function privateBucket(scope: Construct): IBucket {
  const bucket = new FilesBucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
    // A bucket with files cannot be deleted, and these are in the repository, too.
    autoDeleteObjects: true,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'Only the distribution reads it, and what it has are files that anyone may read.',
  });
  return bucket;
}

/** The CDK's class says `undefined` where its own interface does not. */
class FilesBucket extends Bucket {
  override get isWebsite(): boolean {
    return super.isWebsite ?? false;
  }
}
