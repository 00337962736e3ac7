import type { Drawing } from './drawing.ts';
import { layoutOf } from './layout.ts';

self.onmessage = ({ data: { number, drawing } }: MessageEvent<{ number: number; drawing: Drawing }>) =>
  self.postMessage({ number, layout: layoutOf(drawing) });
