/** Expected matrices as text: the first line names the columns, each further line starts with the name of its row. */

/** A matrix of expected cells. */
export type Table = { readonly columns: readonly string[]; readonly rows: ReadonlyMap<string, readonly string[]> };

/** Reads a matrix from text. */
export function readTable(drawing: string): Table {
  const [columns = [], ...rows] = drawing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return { columns, rows: new Map(rows.map(([name = '', ...cells]) => [name, cells])) };
}

/** One entry for each cell of the table. */
export function cellsOf(table: Table): [row: string, column: string, cell: string | undefined][] {
  return [...table.rows].flatMap(([row, cells]) =>
    table.columns.map((column, at): [string, string, string | undefined] => [row, column, cells[at]]),
  );
}
