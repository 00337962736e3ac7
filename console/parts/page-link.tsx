import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';

/** A link to another page of the console. */
export function PageLink({ to, children }: { to: string; children: ReactNode }) {
  const [, navigate] = useLocation();
  return (
    <Link
      fontSize="inherit"
      href={`/console${to}`}
      onFollow={(event) => {
        event.preventDefault();
        navigate(to);
      }}
    >
      {children}
    </Link>
  );
}
