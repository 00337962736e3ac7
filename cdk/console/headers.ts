/** The headers of the console's files, from the data that the local host serves them by. */
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { contentSecurityPolicy, SECURITY_HEADERS } from '#functions/catalog/console';

/** Of the promise that this host is never asked without TLS. */
const HSTS_DAYS = 365;

type Props = { readonly name: string; readonly issuers: readonly string[] };

/** Security headers have fields of their own; CloudFront refuses them as custom ones. */
export function headersPolicy(scope: Construct, { name, issuers }: Props): cloudfront.ResponseHeadersPolicy {
  const { 'x-frame-options': frame, 'cross-origin-opener-policy': opener } = SECURITY_HEADERS;
  const override = true;
  return new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    responseHeadersPolicyName: name,
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(issuers), override },
      contentTypeOptions: { override },
      frameOptions: { frameOption: cloudfront.HeadersFrameOption[frame], override },
      referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(HSTS_DAYS), override },
    },
    customHeadersBehavior: { customHeaders: [{ header: 'cross-origin-opener-policy', value: opener, override }] },
  });
}
