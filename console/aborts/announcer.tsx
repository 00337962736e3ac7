import { useEffect, useRef, useState } from 'react';
import type { Abort } from '#console/api/types.ts';
import { happened } from './happened.ts';

/** Says what has happened since the last look once, politely, to screen readers. */
export function Announcer({ abort: { timeline } }: { abort: Abort }) {
  const known = useRef(Math.max(0, timeline.length - 1));
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (timeline.length > known.current) setSaid(timeline.slice(known.current).map(happened).join('. '));
    known.current = timeline.length;
  }, [timeline]);
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {said}
    </div>
  );
}
