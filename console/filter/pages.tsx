import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

type Props = {
  /** Those of the pages that led to this one. */
  readonly cursors: readonly string[];
  readonly next: string | undefined;
  set(cursors: readonly string[]): void;
};

/** Goes to the next page of a list, and back. */
export function Pages({ cursors, next, set }: Props) {
  if (next === undefined && cursors.length === 0) return null;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={cursors.length === 0} onClick={() => set(cursors.slice(0, -1))} iconName="angle-left">
        Previous page
      </Button>
      <Button
        disabled={next === undefined}
        onClick={() => next !== undefined && set([...cursors, next])}
        iconName="angle-right"
        iconAlign="right"
      >
        Next page
      </Button>
    </SpaceBetween>
  );
}
