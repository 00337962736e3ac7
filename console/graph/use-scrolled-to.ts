import { type RefObject, useEffect, useRef } from 'react';

/** The element that scrolls a drawing: it shows this place of it, in pixels from the left, at its middle. */
export function useScrolledTo(x: number | undefined): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (element.current && x !== undefined) element.current.scrollLeft = x - element.current.clientWidth / 2;
  }, [x]);
  return element;
}
