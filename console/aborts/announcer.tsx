import { useEffect, useState } from 'react';
import type { Abort } from '#console/api/types.ts';

/** Says each change once, politely, to screen readers. */
export function Announcer({ abort }: { abort: Abort }) {
  const last = abort.timeline.at(-1);
  const [said, setSaid] = useState('');
  const news = last === undefined ? '' : `${abort.status}: ${last.type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')}`;
  useEffect(() => setSaid(news), [news]);
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {said}
    </div>
  );
}
