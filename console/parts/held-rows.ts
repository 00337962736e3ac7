/** Rows that never move or vanish under the hand: what is new waits until the reader asks for it. */
import { useMemo, useRef, useState } from 'react';

type Held<Row> = {
  /** The rows to show: in the order that was shown before, each with its newest content. */
  readonly rows: readonly Row[];
  /** How many rows wait to be shown. */
  readonly waiting: number;
  /** Shows what waits. */
  show(): void;
  /** For the element around the rows: it holds them while the pointer or the focus is inside. */
  readonly hold: {
    onPointerEnter(): void;
    onPointerLeave(): void;
    onFocus(): void;
    onBlur(): void;
  };
};
type Options<Row> = { readonly idOf: (row: Row) => string; readonly isHeld: boolean };

/** Holds the order of rows while the reader points at them, has focus among them or has selected some (`isHeld`). */
export function useHeldRows<Row>(newest: readonly Row[], { idOf, isHeld }: Options<Row>): Held<Row> {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [shown, setShown] = useState(0);
  const kept = useRef<{ rows: readonly Row[]; shown: number }>({ rows: newest, shown });
  const rows = useMemo(() => {
    const mayMove =
      !(isPointed || isFocused || isHeld) || kept.current.shown !== shown || kept.current.rows.length === 0;
    const next = mayMove ? newest : inOrderOf(kept.current.rows, newest, idOf);
    kept.current = { rows: next, shown };
    return next;
  }, [newest, isPointed, isFocused, isHeld, shown, idOf]);
  const seen = new Set(rows.map(idOf));
  return {
    rows,
    waiting: newest.filter((row) => !seen.has(idOf(row))).length,
    show: () => setShown((count) => count + 1),
    hold: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    },
  };
}

/** The rows that are shown, with their newest content; one that is gone stays as it was. */
function inOrderOf<Row>(shown: readonly Row[], newest: readonly Row[], idOf: (row: Row) => string): readonly Row[] {
  const byId = new Map(newest.map((row) => [idOf(row), row]));
  return shown.map((row) => byId.get(idOf(row)) ?? row);
}
