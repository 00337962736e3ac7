/** What `cdk synth` makes of the console is what the local host serves. */
import { extname } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { builtConsole } from '#cdk/console/files';
import {
  CONFIG_PATH,
  CONSOLE_PAGE,
  CONSOLE_PATHS,
  contentSecurityPolicy,
  HASHED_CACHE,
  PAGE_CACHE,
  SECURITY_HEADERS,
} from '#functions/catalog/console';
import { synthesisOf } from '#test/support/cdk/apps';
import { ACCOUNT, REGION, type Resource } from '#test/support/cdk/synthesis';

/** CloudFront's own policies, by their ids (guide, "Use managed cache policies", "... origin request policies"). */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

const synthesis = synthesisOf({});

const one = (type: string): Resource => {
  const [found, ...others] = synthesis.resources(type);
  if (!found || others.length > 0) throw new Error(`There are ${others.length + (found ? 1 : 0)} of ${type}.`);
  return found;
};

const distributionSchema = z.object({
  DistributionConfig: z.looseObject({
    CacheBehaviors: z.array(z.looseObject({ PathPattern: z.string(), TargetOriginId: z.string() })),
    DefaultCacheBehavior: z.looseObject({ TargetOriginId: z.string() }),
    Origins: z.array(z.looseObject({ Id: z.string(), DomainName: z.string() })),
  }),
});
const configOf = () => distributionSchema.parse(one('AWS::CloudFront::Distribution').properties).DistributionConfig;

describe('the distribution', () => {
  test('serves the paths of the console from the bucket, and all else from the API, the configuration first', () => {
    const { CacheBehaviors, DefaultCacheBehavior, Origins } = configOf();
    const originOf = ({ TargetOriginId }: { TargetOriginId: string }) =>
      Origins.find(({ Id }) => Id === TargetOriginId)?.DomainName;
    const api = `${one('AWS::ApiGatewayV2::Api').id}.execute-api.${REGION}.amazonaws.com`;
    const bucket = `${one('AWS::S3::Bucket').id}.RegionalDomainName`;
    expect(originOf(DefaultCacheBehavior)).toBe(api);
    expect(CacheBehaviors.map((behavior) => [behavior.PathPattern, originOf(behavior)])).toEqual([
      [CONFIG_PATH, api],
      ...CONSOLE_PATHS.map((path) => [path, bucket]),
    ]);
  });

  test('asks the API each time, by TLS, with all that the caller sent but the host', () => {
    const { CacheBehaviors, DefaultCacheBehavior, Origins } = configOf();
    const [configFile] = CacheBehaviors;
    for (const behavior of [DefaultCacheBehavior, configFile])
      expect(behavior).toMatchObject({
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        CachePolicyId: CACHING_DISABLED,
        OriginRequestPolicyId: ALL_BUT_HOST,
        ViewerProtocolPolicy: 'https-only',
      });
    expect(Origins).toContainEqual(
      expect.objectContaining({
        CustomOriginConfig: {
          OriginProtocolPolicy: 'https-only',
          OriginSSLProtocols: ['TLSv1.2'],
          OriginReadTimeout: 35,
        },
      }),
    );
  });

  test('keeps files by their own cache rules, compresses them, and takes reads only', () => {
    const [, ...files] = configOf().CacheBehaviors;
    for (const behavior of files)
      expect(behavior).toMatchObject({
        AllowedMethods: ['GET', 'HEAD'],
        CachePolicyId: CACHING_OPTIMIZED,
        Compress: true,
        ViewerProtocolPolicy: 'redirect-to-https',
        ResponseHeadersPolicyId: one('AWS::CloudFront::ResponseHeadersPolicy').id,
      });
    expect(configOf()).toMatchObject({ PriceClass: 'PriceClass_100' });
  });

  test.each(['/', '/console', '/console/', '/console/jobs/01J', '/console/assets/a-1.js', CONSOLE_PAGE])(
    'maps %s as the local distribution does',
    (path) => {
      const code = z.string().parse(one('AWS::CloudFront::Function').properties.FunctionCode);
      const mapped: unknown = runInNewContext(`${code}; handler({ request: { uri: ${JSON.stringify(path)} } }).uri`);
      expect(mapped).toBe(extname(path) === '' ? CONSOLE_PAGE : path);
    },
  );
});

test('files have the headers that the local host gives them, and the promise of TLS', () => {
  const { ResponseHeadersPolicyConfig: config } = one('AWS::CloudFront::ResponseHeadersPolicy').properties;
  const pool = [
    `https://cognito-idp.${REGION}.amazonaws.com`,
    `https://lastcall-${ACCOUNT}.auth.${REGION}.amazoncognito.com`,
  ];
  const { 'cross-origin-opener-policy': opener, ...others } = SECURITY_HEADERS;
  expect(config).toMatchObject({
    CustomHeadersConfig: { Items: [{ Header: 'cross-origin-opener-policy', Value: opener, Override: true }] },
    SecurityHeadersConfig: {
      ContentSecurityPolicy: { ContentSecurityPolicy: contentSecurityPolicy(pool), Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: others['x-frame-options'], Override: true },
      ReferrerPolicy: { ReferrerPolicy: others['referrer-policy'], Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
    },
  });
  expect(Object.keys(others).sort()).toEqual(['referrer-policy', 'x-content-type-options', 'x-frame-options']);
});

describe('the bucket', () => {
  test('is private and encrypted, and only the distribution reads it, by TLS', () => {
    const { id, properties } = one('AWS::S3::Bucket');
    expect(properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
    });
    const policy = JSON.stringify(one('AWS::S3::BucketPolicy').properties);
    const { id: distribution } = one('AWS::CloudFront::Distribution');
    const [deny, emptied, ...reads] = JSON.parse(policy).PolicyDocument.Statement;
    expect(deny).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    // When the stack is deleted.
    expect(JSON.stringify(emptied.Principal)).toContain('AutoDeleteObjects');
    expect(reads).toEqual([
      {
        Action: 's3:GetObject',
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Resource: `${id}.Arn/*`,
        Condition: {
          StringEquals: { 'AWS:SourceArn': `arn:aws:cloudfront::${ACCOUNT}:distribution/${distribution}` },
        },
      },
    ]);
    const [, files] = configOf().Origins;
    expect(files?.OriginAccessControlId).toBe(`${one('AWS::CloudFront::OriginAccessControl').id}.Id`);
  });

  test('gets the hashed files first, for a year, and then the page, which is asked for each time', () => {
    const deployments = synthesis.resources('Custom::CDKBucketDeployment');
    expect(deployments.map(({ properties }) => properties)).toMatchObject([
      { DestinationBucketKeyPrefix: 'console/assets', SystemMetadata: { 'cache-control': HASHED_CACHE }, Prune: false },
      { DestinationBucketKeyPrefix: 'console', SystemMetadata: { 'cache-control': PAGE_CACHE }, Prune: false },
    ]);
    const [hashed, pages] = deployments;
    expect(pages?.dependsOn).toContain(hashed?.id);
  });
});

test('people come back from the sign-in to the address of the distribution, which the parameters name', () => {
  const home = `https://${one('AWS::CloudFront::Distribution').id}.DomainName/console/`;
  const clients = synthesis.resources('AWS::Cognito::UserPoolClient').map(({ properties }) => properties);
  expect(clients).toContainEqual(expect.objectContaining({ CallbackURLs: [home], LogoutURLs: [home] }));
  const parameters = synthesis.resources('AWS::SSM::Parameter').map(({ properties }) => properties);
  expect(parameters).toContainEqual(expect.objectContaining({ Name: '/lastcall/console-url', Value: home }));
});

test('a console that is not built ends the synthesis with what to do', () => {
  expect(() => builtConsole('/nowhere')).toThrow(/\/nowhere has no console\. Build it by `npm run prepare`/);
});
