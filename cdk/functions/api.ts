/** The HTTP API: the routes of the catalog. API Gateway verifies the tokens. */
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { WrongCatalog } from '#cdk/errors';
import { logGroup } from '#cdk/log-group';
import { namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { API_REQUESTS_AT_ONCE, API_REQUESTS_PER_SECOND } from '#domain/limits';
import { CATALOG } from '#functions/catalog/catalog';
import type { Functions } from './functions.ts';
import type { Identity } from './identity.ts';

const ACCESS_LOG = {
  at: '$context.requestTime',
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  user: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
};

type ApiProps = { readonly settings: Settings };
type RouteProps = { readonly functions: Functions; readonly identity: Identity };

/** The API with its stage, access log, throttling and authorizer. */
export class Api extends Construct {
  readonly url: string;
  readonly apiId: string;
  /** The host of the URL. */
  readonly domain: string;
  readonly #api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, { settings }: ApiProps) {
    super(scope, id);
    const { installation } = namesOf(settings);
    const api = new apigateway.HttpApi(this, 'Api', { apiName: installation, createDefaultStage: false });
    const log = logGroup(this, 'AccessLog', { name: `/aws/vendedlogs/api/${installation}`, settings });
    api.addStage('Stage', {
      autoDeploy: true,
      throttle: { rateLimit: API_REQUESTS_PER_SECOND, burstLimit: API_REQUESTS_AT_ONCE },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    this.url = api.apiEndpoint;
    this.apiId = api.apiId;
    const { region, urlSuffix } = Stack.of(this);
    this.domain = `${api.apiId}.execute-api.${region}.${urlSuffix}`;
    this.#api = api;
  }

  /** Adds the routes of the catalog. Clients of the identity name the URL, so the API itself is made before them. */
  addRoutes({ functions, identity }: RouteProps): void {
    const authorizer = authorizerOf(identity);
    for (const { name, calledBy } of CATALOG) {
      if (!('route' in calledBy)) continue;
      const isPublic = calledBy.role === 'public';
      const route = new apigateway.HttpRoute(this, name, {
        httpApi: this.#api,
        routeKey: routeKeyOf(calledBy.route),
        integration: new HttpLambdaIntegration('Function', functions.of(name)),
        ...(isPublic ? {} : { authorizer }),
      });
      if (isPublic)
        Validations.of(route).acknowledge({
          id: 'AwsSolutions-APIG4',
          reason: 'The catalog says that this route is public: it shows no job and touches nothing.',
        });
    }
  }
}

function authorizerOf({ issuer, audience }: Identity): HttpJwtAuthorizer {
  return new HttpJwtAuthorizer('Tokens', issuer, { jwtAudience: audience });
}

function routeKeyOf(route: string): apigateway.HttpRouteKey {
  const [method, path] = route.split(' ');
  if (path === undefined) return apigateway.HttpRouteKey.DEFAULT;
  const known = Object.values(apigateway.HttpMethod).find((each) => each === method);
  if (known === undefined) throw new WrongCatalog(`The route "${route}" has no HTTP method.`);
  return apigateway.HttpRouteKey.with(path, known);
}
