import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useLocation, useSearch } from 'wouter';
import type { Request } from '#client/client';
import { PRIORITIES } from '#domain/priorities';
import { JOB_STATUSES } from '#domain/statuses';

/** The filter of the list, as the URL has it. */
export type Filter = {
  readonly query: PropertyFilterProps.Query;
  set(query: PropertyFilterProps.Query): void;
};

const PROPERTIES = [
  { key: 'status', propertyLabel: 'Status', groupValuesLabel: 'Statuses', operators: ['='] },
  { key: 'batchGroup', propertyLabel: 'Batch group', groupValuesLabel: 'Batch groups', operators: ['='] },
  { key: 'priority', propertyLabel: 'Priority', groupValuesLabel: 'Priorities', operators: ['='] },
  { key: 'createdBy', propertyLabel: 'Owner', groupValuesLabel: 'Owners', operators: ['='] },
  { key: 'since', propertyLabel: 'Submitted since', groupValuesLabel: 'Times', operators: ['='] },
] as const;
const OPTIONS = [
  ...JOB_STATUSES.map((value) => ({ propertyKey: 'status', value })),
  ...PRIORITIES.map((value) => ({ propertyKey: 'priority', value })),
];
const PAGE = 50;

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
export function queryOf(query: PropertyFilterProps.Query, cursor: string | undefined): Request<'GET /jobs'>['query'] {
  const named = Object.fromEntries(new URLSearchParams(asSearch(query)));
  return { ...named, limit: PAGE, ...(cursor !== undefined && { cursor }) };
}

function asSearch({ tokens }: PropertyFilterProps.Query): string {
  const values = Map.groupBy(tokens, ({ propertyKey }) => propertyKey ?? 'q');
  const named = new URLSearchParams([...values].map(([key, of]) => [key, of.map(({ value }) => value).join(',')]));
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
