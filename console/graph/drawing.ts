/** Drawings: boxes and lines, before and after they have their places. */

/** A box, those that come before it, always or in case of a fault, and the frame that it lies in. */
type Box = {
  readonly id: string;
  readonly after: readonly string[];
  readonly afterFault?: readonly string[];
  readonly within?: string;
};
/** What to place: from left to right, or from the top down. */
export type Drawing = { readonly direction: 'LR' | 'TB'; readonly boxes: readonly Box[] };
/** Where the middle of each box and frame, and each line lies, in pixels. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly (Point & { readonly id: string })[];
  readonly frames: readonly (Point & { readonly id: string; readonly width: number; readonly height: number })[];
  readonly lines: readonly Line[];
};
type Line = {
  readonly from: string;
  readonly to: string;
  readonly isFault: boolean;
  readonly points: readonly Point[];
};
type Point = { readonly x: number; readonly y: number };

export const BOX_WIDTH = 150;
export const BOX_HEIGHT = 36;
