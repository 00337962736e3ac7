/** What a benchmark has measured, beside its budget, as a small table. */

export type Figure = {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** Figures without a budget are for information. */
  readonly atMost?: number;
};

/** Prints the figures; true when none is over its budget. */
export function printFigures(figures: readonly Figure[]): boolean {
  const rows = figures.map((figure) => [
    figure.what,
    rounded(figure.measured),
    figure.unit,
    figure.atMost === undefined ? '' : `at most ${rounded(figure.atMost)}`,
    isOver(figure) ? 'OVER' : '',
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) {
    const cells = row.map((cell, at) => (at === 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)));
    console.log(cells.join('  ').trimEnd());
  }
  return !figures.some(isOver);
}

/** Whether the figure is over its budget. */
export function isOver({ measured, atMost }: Figure): boolean {
  // Sums of fractions are off by less than this.
  return atMost !== undefined && measured > atMost + 1e-6;
}

/** The value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1);
}
