import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { z } from 'zod';
import { ROLES, type Role } from '#domain/roles';
import { useSession } from './session.tsx';
import { type System, useSystem } from './system.tsx';

const IssuerSignIn = lazy(async () => ({ default: (await import('./issuer-sign-in.tsx')).IssuerSignIn }));

const tokenSchema = z.object({ token: z.string() });

/** What each role may do, in the words of the product. */
const MAY: Readonly<Record<Role, string>> = {
  Reader: 'reads everything and changes nothing',
  BatchUser: 'submits jobs, and cancels, holds, releases and requeues own ones',
  BatchJobManager: 'the same for all jobs; plans, starts and withdraws aborts',
  SystemAdministrator: 'also system jobs and features',
};

/** Signs in as the system asks for; `again` when a session has expired. */
export function SignIn({ again = false }: { again?: boolean }) {
  const { signIn } = useSystem();
  return (
    <Modal visible header={again ? 'Your session has expired' : 'Sign in to Lastcall'}>
      {again && <Box variant="p">The page below and its drafts stay. What is under way goes on.</Box>}
      <How signIn={signIn} />
    </Modal>
  );
}

function How({ signIn: { local, issuer, consoleClientId: clientId } }: { signIn: System['signIn'] }) {
  if (local) return <LocalSignIn />;
  if (clientId === undefined)
    return (
      <Alert type="error">The settings of this system name no client of the console at its issuer, {issuer}.</Alert>
    );
  return (
    <Suspense>
      <IssuerSignIn issuer={{ issuer, clientId }} />
    </Suspense>
  );
}

/** Sign-in of local mode: any name, with a role of one's choice. */
function LocalSignIn() {
  const { signIn, user } = useSession();
  const [name, setName] = useState(user?.name ?? '');
  const [role, setRole] = useState<string>('BatchJobManager');
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return setProblem('Enter a name: it is kept as the owner of what you do.');
    const reply = await fetch('/local/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: name.trim(), roles: [role] }),
    });
    if (!reply.ok) return setProblem(`The local issuer replied ${reply.status}.`);
    signIn({ access: tokenSchema.parse(await reply.json()).token });
  };
  return (
    <form onSubmit={submit}>
      <Form actions={<Button variant="primary">Sign in</Button>}>
        <SpaceBetween size="l">
          {problem !== undefined && <Alert type="error">{problem}</Alert>}
          <FormField label="Name" description="Local mode needs no password.">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus autoComplete="username" />
          </FormField>
          <FormField label="Role">
            <RadioGroup
              value={role}
              onChange={({ detail }) => setRole(detail.value)}
              items={ROLES.map((each) => ({ value: each, label: each, description: MAY[each] }))}
            />
          </FormField>
        </SpaceBetween>
      </Form>
    </form>
  );
}
