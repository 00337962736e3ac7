import { type GraphTask, layoutOf } from './layout.ts';

self.onmessage = ({ data }: MessageEvent<readonly GraphTask[]>) => self.postMessage(layoutOf(data));
