import { useEffect, useState } from 'react';
import type { Abort } from '#console/api/types.ts';
import { inWords } from '#console/parts/words.ts';

/** Says each change once, politely, to screen readers. */
export function Announcer({ abort }: { abort: Abort }) {
  const last = abort.timeline.at(-1);
  const [said, setSaid] = useState('');
  const news = last === undefined ? '' : `${abort.status}: ${inWords(last.type)}`;
  useEffect(() => setSaid(news), [news]);
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {said}
    </div>
  );
}
