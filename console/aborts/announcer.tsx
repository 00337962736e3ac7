import { useEffect, useRef, useState } from 'react';
import type { Abort } from '#console/api/types.ts';
import { happened } from './happened.ts';

/** Says what has happened since the last look once, politely, to screen readers; at first the newest of it. */
export function Announcer({ abort: { timeline } }: { abort: Abort }) {
  const said = useRef<ReadonlySet<string>>(undefined);
  const [saying, setSaying] = useState('');
  useEffect(() => {
    const known = said.current;
    const news = known === undefined ? timeline.slice(-1) : timeline.filter((entry) => !known.has(happened(entry)));
    said.current = new Set(timeline.map(happened));
    if (news.length > 0) setSaying(news.map(happened).join('. '));
  }, [timeline]);
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {saying}
    </div>
  );
}
