import type { ReactNode } from 'react';

/** Something with an explanation that shows on hover and on focus, and that screen readers read with it. */
export function Hint({ text, children }: { text: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the hint must be readable without a mouse.
    <span className="hint" tabIndex={0} data-hint={text}>
      {children}
      <span className="visually-hidden">, {text}</span>
    </span>
  );
}
