import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useLocation, useSearch } from 'wouter';

/** A filter of a list, as the URL has it. */
export type Filter = {
  readonly query: PropertyFilterProps.Query;
  /** Whether the list can be searched for free text. */
  readonly hasFreeText: boolean;
  set(query: PropertyFilterProps.Query): void;
};

/** The filter that the URL of this page names; free text is the property `q`, left out of a list that has none. */
export function useUrlFilter(page: string, hasFreeText = true): Filter {
  const [, navigate] = useLocation();
  const named = new URLSearchParams(useSearch());
  if (!hasFreeText) named.delete('q');
  const tokens = [...named].flatMap(([key, values]) =>
    values
      .split(',')
      .map((value) => (key === 'q' ? { operator: ':', value } : { propertyKey: key, operator: '=', value })),
  );
  return {
    query: { tokens, operation: 'and' },
    hasFreeText,
    set: (query) => navigate(`${page}${asSearch(query)}`),
  };
}

/** The values of each property, with commas between them: they are alternatives. */
export function namedIn({ tokens }: PropertyFilterProps.Query): Readonly<Record<string, string>> {
  const values = Map.groupBy(tokens, ({ propertyKey }) => propertyKey ?? 'q');
  return Object.fromEntries([...values].map(([key, of]) => [key, of.map(({ value }) => value).join(',')]));
}

type Props = {
  readonly filter: Filter;
  /** Each property with its label, and the label of its values. */
  readonly properties: Readonly<Record<string, readonly [label: string, values: string]>>;
  readonly options: readonly PropertyFilterProps.FilteringOption[];
  /** Such as `Find jobs by name or property`. */
  readonly label: string;
};

/** The field of a filter. */
export function FilterField({ filter, properties, options, label }: Props) {
  return (
    <PropertyFilter
      query={filter.query}
      onChange={({ detail }) => filter.set(detail)}
      filteringProperties={Object.entries(properties).map(([key, [propertyLabel, groupValuesLabel]]) => ({
        key,
        propertyLabel,
        groupValuesLabel,
        operators: ['='],
      }))}
      filteringOptions={options}
      filteringPlaceholder={label}
      filteringAriaLabel={label}
      hideOperations
      disableFreeTextFiltering={!filter.hasFreeText}
      countText=""
      i18nStrings={{ clearFiltersText: 'Clear', applyActionText: 'Apply', cancelActionText: 'Cancel' }}
    />
  );
}

function asSearch(query: PropertyFilterProps.Query): string {
  const named = new URLSearchParams(namedIn(query));
  return named.size === 0 ? '' : `?${named}`;
}
