import { useEffect, useState } from 'react';
import type { Drawing, Layout } from './drawing.ts';
import workerUrl from './layout-worker.ts?worker&url';
import { startWorker } from './worker.ts';

/** One for all drawings; it starts with the page's code, while what is drawn is still being read. */
const worker = startWorker(workerUrl);
const waiting = new Map<number, (layout: Layout) => void>();
let last = 0;
worker.onmessage = ({ data }: MessageEvent<{ number: number; layout: Layout }>) =>
  waiting.get(data.number)?.(data.layout);

/** The layout of this drawing; undefined until it is there. */
export function useLayout(drawing: Drawing): Layout | undefined {
  const shape = JSON.stringify(drawing);
  const [drawn, setDrawn] = useState<{ shape: string; layout: Layout }>();
  useEffect(() => {
    last += 1;
    const number = last;
    waiting.set(number, (layout) => setDrawn({ shape, layout }));
    worker.postMessage({ number, drawing: JSON.parse(shape) });
    return () => {
      waiting.delete(number);
    };
  }, [shape]);
  return drawn?.shape === shape ? drawn.layout : undefined;
}
