import type { Request } from '#client/client';
import { type Filter, FilterField, namedIn } from '#console/filter/url-filter.tsx';
import { PRIORITIES } from '#domain/priorities';
import { JOB_STATUSES, statusName } from '#domain/statuses';
import { A_SERVER, CANCELLING_FOR, conditionsIn, ENDED_SINCE, LONG, WAITS_FOR } from './conditions.ts';

/** What `GET /jobs` is asked. */
export type JobQuery = Request<'GET /jobs'>['query'];

const PROPERTIES = {
  status: ['Status', 'Statuses'],
  batchGroup: ['Batch group', 'Batch groups'],
  priority: ['Priority', 'Priorities'],
  createdBy: ['Owner', 'Owners'],
  since: ['Submitted since', 'Times'],
  [ENDED_SINCE]: ['Ended since', 'Times'],
  [CANCELLING_FOR]: ['Cancelling for over', 'Durations'],
  [WAITS_FOR]: ['Waits for', 'Waits'],
} as const;
const OPTIONS = [
  ...JOB_STATUSES.map((value) => ({ propertyKey: 'status', value, label: statusName(value) })),
  ...PRIORITIES.map((value) => ({ propertyKey: 'priority', value })),
  ...LONG.map((value) => ({ propertyKey: CANCELLING_FOR, value })),
  { propertyKey: WAITS_FOR, value: A_SERVER },
];

/** The query of `GET /jobs` for a filter: without the conditions of the page, but with what they imply. */
export function queryOf(query: Filter['query']): JobQuery {
  const all = namedIn(query);
  const { [CANCELLING_FOR]: _long, [WAITS_FOR]: _wait, [ENDED_SINCE]: _ended, ...named } = all;
  const { status, order } = conditionsIn(all);
  return { ...(status && { status }), ...(order && { order }), ...named };
}

/** The filter's field. */
export function JobFilter({ filter }: { filter: Filter }) {
  return (
    <FilterField filter={filter} properties={PROPERTIES} options={OPTIONS} label="Find jobs by name or property" />
  );
}
