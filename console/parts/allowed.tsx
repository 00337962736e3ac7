import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import type { ReactNode } from 'react';

/** Whether the caller may do something, or why not: a member of `actions` of a job or an abort. */
export type Allowed = true | { readonly code: string; readonly reason: string } | undefined;

/** Why something is not possible; undefined if it is. */
export function reasonAgainst(allowed: Allowed): string | undefined {
  return allowed === true || allowed === undefined ? undefined : allowed.reason;
}

type Props = Pick<ButtonProps, 'onClick' | 'variant' | 'loading'> & { allowed: Allowed; children: ReactNode };

/** A button that says why it is disabled, also to those who use a keyboard or a screen reader. */
export function ActButton({ allowed, children, ...button }: Props) {
  const reason = reasonAgainst(allowed);
  if (reason === undefined) return <Button {...button}>{children}</Button>;
  return (
    <Button {...button} disabled disabledReason={reason}>
      {children}
    </Button>
  );
}
