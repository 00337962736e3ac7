import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { OPEN_JOBS } from '#console/api/reads.ts';
import { useSession } from '#console/app/session.tsx';
import type { Filter } from '#console/filter/url-filter.tsx';
import { A_SERVER, CANCELLING_FOR, ENDED_SINCE, LONG, WAITS_FOR } from './conditions.ts';

type Preset = { readonly id: string; readonly text: string; readonly tokens: Filter['query']['tokens'] };

/** Questions that an operator asks each day. */
export function Presets({ filter }: { filter: Filter }) {
  const { user } = useSession();
  const presets: readonly Preset[] = [
    { id: 'all', text: 'All', tokens: [] },
    { id: 'mine', text: 'Mine', tokens: [is('createdBy', user?.id ?? '')] },
    { id: 'open', text: 'Open', tokens: [is('status', OPEN_JOBS)] },
    { id: 'attention', text: 'Needs attention', tokens: [is(CANCELLING_FOR, LONG[0])] },
    { id: 'server', text: 'Waits for a server', tokens: [is(WAITS_FOR, A_SERVER)] },
    { id: 'errors', text: 'Errors today', tokens: [is('status', 'Error'), is(ENDED_SINCE, startOfDay())] },
  ];
  const current = keyOf(filter.query.tokens);
  return (
    <SegmentedControl
      label="Presets"
      selectedId={presets.find(({ tokens }) => keyOf(tokens) === current)?.id ?? null}
      options={presets.map(({ id, text }) => ({ id, text }))}
      onChange={({ detail }) => {
        const tokens = presets.find(({ id }) => id === detail.selectedId)?.tokens ?? [];
        filter.set({ tokens, operation: 'and' });
      }}
    />
  );
}

/** The same for the same values, in whatever order and however they are put together. */
function keyOf(tokens: Preset['tokens']): string {
  const values = tokens.flatMap(({ propertyKey, value }) =>
    String(value)
      .split(',')
      .map((each) => `${propertyKey}=${each}`),
  );
  return values.sort().join('&');
}

function is(propertyKey: string, value: string) {
  return { propertyKey, operator: '=', value };
}

/** The begin of today, where the reader is. */
function startOfDay(): string {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}
