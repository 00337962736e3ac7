import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useLocation, useSearch } from 'wouter';
import type { Request } from '#client/client';
import { PRIORITIES } from '#domain/priorities';
import { JOB_STATUSES } from '#domain/statuses';
import { A_SERVER, CANCELLING_FOR, conditionsIn, LONG, WAITS_FOR } from './conditions.ts';

/** The filter of the list, as the URL has it. */
export type Filter = {
  readonly query: PropertyFilterProps.Query;
  set(query: PropertyFilterProps.Query): void;
};
/** What `GET /jobs` is asked. */
export type JobQuery = Request<'GET /jobs'>['query'];

const PROPERTIES = [
  { key: 'status', propertyLabel: 'Status', groupValuesLabel: 'Statuses', operators: ['='] },
  { key: 'batchGroup', propertyLabel: 'Batch group', groupValuesLabel: 'Batch groups', operators: ['='] },
  { key: 'priority', propertyLabel: 'Priority', groupValuesLabel: 'Priorities', operators: ['='] },
  { key: 'createdBy', propertyLabel: 'Owner', groupValuesLabel: 'Owners', operators: ['='] },
  { key: 'since', propertyLabel: 'Submitted since', groupValuesLabel: 'Times', operators: ['='] },
  { key: CANCELLING_FOR, propertyLabel: 'Cancelling for over', groupValuesLabel: 'Durations', operators: ['='] },
  { key: WAITS_FOR, propertyLabel: 'Waits for', groupValuesLabel: 'Waits', operators: ['='] },
] as const;
const OPTIONS = [
  ...JOB_STATUSES.map((value) => ({ propertyKey: 'status', value })),
  ...PRIORITIES.map((value) => ({ propertyKey: 'priority', value })),
  ...LONG.map((value) => ({ propertyKey: CANCELLING_FOR, value })),
  { propertyKey: WAITS_FOR, value: A_SERVER },
];

/** The filter that the URL names; free text is a part of the job's name. */
export function useJobFilter(): Filter {
  const [, navigate] = useLocation();
  const named = new URLSearchParams(useSearch());
  const tokens = [...named].flatMap(([key, values]) =>
    values
      .split(',')
      .map((value) => (key === 'q' ? { operator: ':', value } : { propertyKey: key, operator: '=', value })),
  );
  return {
    query: { tokens, operation: 'and' },
    set: (query) => navigate(`/jobs${asSearch(query)}`),
  };
}

/** The query of `GET /jobs` for a filter; values of one property are alternatives. */
export function queryOf(query: PropertyFilterProps.Query): JobQuery {
  const { [CANCELLING_FOR]: _long, [WAITS_FOR]: _wait, ...named } = namedIn(query);
  const { status, order } = conditionsIn(namedIn(query));
  return { ...(status && { status }), ...(order && { order }), ...named };
}

/** The values of each property, with commas between them. */
export function namedIn({ tokens }: PropertyFilterProps.Query): Readonly<Record<string, string>> {
  const values = Map.groupBy(tokens, ({ propertyKey }) => propertyKey ?? 'q');
  return Object.fromEntries([...values].map(([key, of]) => [key, of.map(({ value }) => value).join(',')]));
}

function asSearch(query: PropertyFilterProps.Query): string {
  const named = new URLSearchParams(namedIn(query));
  return named.size === 0 ? '' : `?${named}`;
}

/** The filter's field. */
export function JobFilter({ filter }: { filter: Filter }) {
  return (
    <PropertyFilter
      query={filter.query}
      onChange={({ detail }) => filter.set(detail)}
      filteringProperties={PROPERTIES}
      filteringOptions={OPTIONS}
      filteringPlaceholder="Find jobs by name or property"
      filteringAriaLabel="Find jobs"
      hideOperations
      countText=""
      i18nStrings={{ clearFiltersText: 'Clear', applyActionText: 'Apply', cancelActionText: 'Cancel' }}
    />
  );
}
