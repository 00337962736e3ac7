/** Whose tokens the gateway takes. */
import { type Identity, identityFromEnvironment } from '#local/aws/apigateway/authorizer';
import { createIssuer } from '#local/aws/cognito/issuer';
import { type TokenRoutes, tokenRoutes } from '#local/aws/cognito/token-routes';

type Trust = {
  /** Settles when the keys are there. */
  readonly identity: Promise<Identity>;
  /** Those of the local issuer, where that is the one. */
  readonly tokens?: TokenRoutes;
};

type Setup = { readonly url: string; readonly keyFile?: string | undefined };

/** The issuer that the environment names; without one an issuer of our own at that URL. Throws on a wrong setting. */
export function trustOf({ url, keyFile }: Setup): Trust {
  const named = identityFromEnvironment(process.env);
  if (named !== undefined) return { identity: Promise.resolve(named) };
  const issuer = createIssuer({ url: `${url}/local`, ...(keyFile === undefined ? {} : { keyFile }) });
  return { identity: issuer.then(({ identity }) => identity), tokens: tokenRoutes(issuer) };
}
