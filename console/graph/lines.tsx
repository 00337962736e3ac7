import type { Layout } from './drawing.ts';

/** The lines of a drawing. */
export function Lines({ lines }: Pick<Layout, 'lines'>) {
  return lines.map(({ from, to, isFault, points }) => (
    <polyline
      key={`${from} ${to}`}
      points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
      className={isFault ? 'graph-line is-fault' : 'graph-line'}
    />
  ));
}
