/** Expected matrices as they are drawn in a test: the first line names the columns, each other line starts with its own name. */
export type Table = { readonly columns: readonly string[]; readonly rows: ReadonlyMap<string, readonly string[]> };

/** Reads such a drawing. */
export function readTable(drawing: string): Table {
  const [columns = [], ...rows] = drawing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return { columns, rows: new Map(rows.map(([name = '', ...cells]) => [name, cells])) };
}

/** The table as one entry per cell. */
export function cellsOf(table: Table): [row: string, column: string, cell: string | undefined][] {
  return [...table.rows].flatMap(([row, cells]) =>
    table.columns.map((column, at): [string, string, string | undefined] => [row, column, cells[at]]),
  );
}
