import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { beginSignIn, endSignIn, type Issuer } from './oidc.ts';
import { Problem } from './problem.tsx';
import { isReturn } from './redirect.ts';
import { useSession } from './session.tsx';

/** Sign-in at the issuer's own page. */
export function IssuerSignIn({ issuer: { issuer, clientId } }: { issuer: Issuer }) {
  const { signIn } = useSession();
  const [, navigate] = useLocation();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    if (!isReturn()) return;
    endSignIn({ issuer, clientId }).then(({ tokens, back }) => {
      navigate(back.replace(/^\/console/, ''), { replace: true });
      signIn(tokens);
    }, setError);
  }, [issuer, clientId, signIn, navigate]);
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The sign-in did not work" />
      <Button variant="primary" onClick={() => void beginSignIn({ issuer, clientId }).catch(setError)}>
        Sign in
      </Button>
    </SpaceBetween>
  );
}
