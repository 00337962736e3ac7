/** Who issues the callers' tokens: a Cognito user pool with a group for each role, or the issuer of the settings. */
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { ROLES } from '#domain/roles';
import { Machines } from './machines.ts';
import { SignIn } from './sign-in.ts';

/** How long a token is valid. Until then a change of the user's groups has no effect. */
const TOKEN_HOURS = 1;
const PASSWORD_CHARACTERS = 12;

/** `url`: where the console is, below `/console/`. */
type Props = { readonly settings: Settings; readonly url: string };

/** Issuer and audience of the tokens. */
export class Identity extends Construct {
  readonly issuer: string;
  readonly audience: string[];
  /** Undefined if the settings name an issuer. */
  readonly userPoolId?: string;
  /** Undefined if the settings name no machine. */
  readonly machines?: Machines;
  /** Undefined if the settings name an issuer. */
  readonly signIn?: SignIn;

  constructor(scope: Construct, id: string, { settings, url }: Props) {
    super(scope, id);
    if (settings.issuer) {
      this.issuer = settings.issuer.url;
      this.audience = settings.issuer.audience;
      return;
    }
    const pool = this.#addPool(settings);
    this.userPoolId = pool.userPoolId;
    this.issuer = pool.userPoolProviderUrl;
    const client = pool.addClient('Client', {
      authFlows: { userSrp: true, userPassword: true },
      disableOAuth: true,
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(TOKEN_HOURS),
      idTokenValidity: Duration.hours(TOKEN_HOURS),
    });
    this.signIn = new SignIn(this, 'SignIn', { pool, url });
    const { cliClientId, consoleClientId } = this.signIn;
    this.audience = [client.userPoolClientId, cliClientId, consoleClientId];
    const domainUrl = addDomain(pool, settings);
    if (settings.machines.length === 0) return;
    this.machines = new Machines(this, 'Machines', { settings, pool, domainUrl });
    this.audience.push(...Object.values(this.machines.clientIds));
  }

  #addPool(settings: Settings): cognito.UserPool {
    const keep = settings.removal === 'retain';
    const required = settings.mfa === 'required';
    const pool = new cognito.UserPool(this, 'Users', {
      userPoolName: namesOf(settings).installation,
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      passwordPolicy: {
        minLength: PASSWORD_CHARACTERS,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: required ? cognito.Mfa.REQUIRED : cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // The lower the number, the higher the group.
    for (const [index, groupName] of ROLES.toReversed().entries())
      pool.addGroup(groupName, { groupName, precedence: index });
    acknowledge(pool, required);
    return pool;
  }
}

/**
 * The origins that the console asks for tokens: those of the issuer, or the pool's own and that of its login pages.
 * Source: Amazon Cognito Developer Guide, "User pool endpoints and managed login reference"
 */
export function signInOrigins(settings: Settings): string[] {
  const { issuer } = settings;
  if (issuer) return [...new Set([issuer.url, ...issuer.tokenUrls].map((url) => new URL(url).origin))];
  const pages = `https://${domainPrefixOf(settings)}.auth.${Aws.REGION}.amazoncognito.com`;
  return [`https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}`, pages];
}

/** The pool's login pages. Their name must differ from that of every other account in the region. */
function addDomain(pool: cognito.UserPool, settings: Settings): string {
  const domain = pool.addDomain('Domain', {
    cognitoDomain: { domainPrefix: domainPrefixOf(settings) },
    managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  });
  return domain.baseUrl();
}

function domainPrefixOf(settings: Settings): string {
  return `${namesOf(settings).installation}-${Aws.ACCOUNT_ID}`;
}

function acknowledge(pool: cognito.UserPool, required: boolean): void {
  Validations.of(pool).acknowledge({
    id: 'AwsSolutions-COG8',
    reason: 'An administrator makes the users, there is no sign-up; the Plus plan costs per user and stays a choice.',
  });
  if (!required)
    Validations.of(pool).acknowledge({
      id: 'AwsSolutions-COG2',
      reason: 'The setting mfa says so, for test stacks, where scripts sign in.',
    });
}
