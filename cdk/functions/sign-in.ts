/** How people sign in to the pool: its login pages, and a public client each for the command line and the console. */
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { SIGN_IN_REDIRECTS } from '#domain/names';

/** How long a token is valid. Until then a change of the user's groups has no effect. */
const TOKEN_HOURS = 1;
/** A working day: then the user signs in anew. */
const REFRESH_HOURS = 12;
/** A refresh token is void this long after its use: a lost reply can be asked for again. */
const ROTATION_SECONDS = 30;

/** `url`: where the console is, below `/console/`. */
type Props = { readonly pool: cognito.UserPool; readonly url: string };

/** The clients by which a person signs in with a code and PKCE. They have no secret, and refresh tokens rotate. */
export class SignIn extends Construct {
  readonly cliClientId: string;
  readonly consoleClientId: string;

  constructor(scope: Construct, id: string, { pool, url }: Props) {
    super(scope, id);
    const home = `${url}/console/`;
    this.cliClientId = this.#addClient(pool, { name: 'cli', redirects: [...SIGN_IN_REDIRECTS] });
    this.consoleClientId = this.#addClient(pool, { name: 'console', redirects: [home], home });
  }

  #addClient(pool: cognito.UserPool, { name, redirects, home }: { name: string; redirects: string[]; home?: string }) {
    const client = new cognito.UserPoolClient(this, name, {
      userPool: pool,
      userPoolClientName: name,
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE, cognito.OAuthScope.EMAIL],
        callbackUrls: redirects,
        ...(home === undefined ? {} : { logoutUrls: [home] }),
      },
      accessTokenValidity: Duration.hours(TOKEN_HOURS),
      idTokenValidity: Duration.hours(TOKEN_HOURS),
      refreshTokenValidity: Duration.hours(REFRESH_HOURS),
      refreshTokenRotationGracePeriod: Duration.seconds(ROTATION_SECONDS),
    });
    // Without a style of its own, a client has no login page ("CreateManagedLoginBranding" in the API reference).
    new cognito.CfnManagedLoginBranding(this, `${name}-style`, {
      userPoolId: pool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    return client.userPoolClientId;
  }
}
