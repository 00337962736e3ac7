/** The console on AWS: a CloudFront distribution in front of its files and the API, so that both have one origin. */
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Aws, Duration, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { CONFIG_PATH, CONSOLE_PAGE, CONSOLE_PATHS } from '#functions/catalog/console';
import { ConsoleFiles } from './files.ts';
import { headersPolicy } from './headers.ts';

/** API Gateway itself gives up after 30 s, and says so. */
const API_REPLY_SECONDS = 35;

/** Maps each path without an ending to the page, as the local distribution does. */
const PAGE_FUNCTION = `function handler(event) {
  var request = event.request;
  if (!/[^/]\\.[^/]*$/.test(request.uri)) request.uri = '${CONSOLE_PAGE}';
  return request;
}`;

/** What is accepted of AwsSolutions, and why. */
const ACCEPTED = {
  CFR1: 'Who may sign in decides who sees a job; the page itself says nothing, wherever it is read.',
  CFR2: 'The API verifies each token and throttles; a web ACL costs 5 dollars a month and stays a choice.',
  CFR3: 'The API logs each request with its user; what else is read are public files.',
  CFR4: "CloudFront's own domain sets the least TLS version itself; only a certificate of one's own changes it.",
} as const;

type Props = { readonly settings: Settings; readonly apiDomain: string; readonly issuers: readonly string[] };

/** The distribution: files by the paths of the catalog, all else from the API. */
export class Console extends Construct {
  readonly url: string;

  /** @throws WrongSettings if the console is not built */
  constructor(scope: Construct, id: string, { settings, apiDomain, issuers }: Props) {
    super(scope, id);
    const files = this.#filesBehavior(settings, issuers);
    const api = apiBehavior(apiDomain);
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Lastcall: ${settings.installation}`,
      defaultBehavior: api,
      // The first that fits counts.
      additionalBehaviors: {
        [CONFIG_PATH]: api,
        ...Object.fromEntries(CONSOLE_PATHS.map((path) => [path, files])),
      },
      priceClass: PRICE_CLASSES[settings.consolePriceClass],
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
    });
    for (const [rule, reason] of Object.entries(ACCEPTED))
      Validations.of(distribution).acknowledge({ id: `AwsSolutions-${rule}`, reason });
    this.url = `https://${distribution.distributionDomainName}`;
  }

  #filesBehavior(settings: Settings, issuers: readonly string[]): cloudfront.BehaviorOptions {
    const { bucket } = new ConsoleFiles(this, 'Files', { settings });
    const name = `${namesOf(settings).console}-${Aws.REGION}`;
    const originAccessControl = new cloudfront.S3OriginAccessControl(this, 'Access', { originAccessControlName: name });
    return {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, { originAccessControl }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      // It obeys the cache-control of each file, and keeps what is "no-cache" for a second.
      cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      responseHeadersPolicy: headersPolicy(this, { name, issuers }),
      functionAssociations: [
        { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: pageFunction(this, name) },
      ],
    };
  }
}

const PRICE_CLASSES: Readonly<Record<Settings['consolePriceClass'], cloudfront.PriceClass>> = {
  100: cloudfront.PriceClass.PRICE_CLASS_100,
  200: cloudfront.PriceClass.PRICE_CLASS_200,
  All: cloudfront.PriceClass.PRICE_CLASS_ALL,
};

function pageFunction(scope: Construct, functionName: string): cloudfront.Function {
  return new cloudfront.Function(scope, 'Page', {
    functionName,
    code: cloudfront.FunctionCode.fromInline(PAGE_FUNCTION),
    runtime: cloudfront.FunctionRuntime.JS_2_0,
  });
}

/** Nothing is cached or left out; a request without TLS is refused, so that no token is sent twice. */
function apiBehavior(apiDomain: string): cloudfront.BehaviorOptions {
  return {
    origin: new HttpOrigin(apiDomain, {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
      readTimeout: Duration.seconds(API_REPLY_SECONDS),
    }),
    allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
    viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
    cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    // API Gateway finds the API by its own host name (guide, "Use managed origin request policies").
    originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  };
}
