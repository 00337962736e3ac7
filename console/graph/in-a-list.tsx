import { type ReactNode, useState } from 'react';

/** What a drawing shows, as a list for those who cannot see it. A long list is made only when it is opened. */
export function InAList({ children }: { children: () => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same in a list</summary>
      {isOpen && children()}
    </details>
  );
}
