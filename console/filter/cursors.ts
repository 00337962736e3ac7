/** Which page of a list is shown. */
import { useState } from 'react';

type Cursors = readonly string[];
type Kept = { readonly of: string; readonly cursors: Cursors };

/** The cursors of the pages that led to this one; another list (`of`) begins at its first page. */
export function useCursors(of: string): readonly [cursors: Cursors, set: (cursors: Cursors) => void] {
  const [kept, keep] = useState<Kept>({ of, cursors: [] });
  return [kept.of === of ? kept.cursors : [], (cursors) => keep({ of, cursors })];
}
