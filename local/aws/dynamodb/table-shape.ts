/** Compares the shapes of tables. */

type Keyed = { KeySchema?: { AttributeName: string | undefined; KeyType: string | undefined }[] | undefined };
type Indexed = Keyed & {
  IndexName?: string | undefined;
  Projection?: { ProjectionType?: string | undefined; NonKeyAttributes?: string[] | undefined } | undefined;
};
type Shaped = Keyed & {
  LocalSecondaryIndexes?: Indexed[] | undefined;
  GlobalSecondaryIndexes?: Indexed[] | undefined;
};

/** The keys and indexes of a table, as one comparable line. */
export function shapeOf(table: Shaped): string {
  const locals = (table.LocalSecondaryIndexes ?? []).map((index) => `local ${indexShapeOf(index)}`);
  const globals = (table.GlobalSecondaryIndexes ?? []).map((index) => `global ${indexShapeOf(index)}`);
  return [keysOf(table), ...[...locals, ...globals].sort()].join('; ');
}

function indexShapeOf(index: Indexed): string {
  const { ProjectionType = '', NonKeyAttributes = [] } = index.Projection ?? {};
  return `${index.IndexName} ${keysOf(index)} ${ProjectionType} ${[...NonKeyAttributes].sort().join(' ')}`.trim();
}

function keysOf({ KeySchema = [] }: Keyed): string {
  return KeySchema.map(({ AttributeName }) => AttributeName).join('+');
}
