import Pagination from '@cloudscape-design/components/pagination';
import { type ReactNode, useState } from 'react';

const ON_A_PAGE = 20;

/** Of a long list the rows of one page, and the control that turns the pages. */
export function usePages<Row>(rows: readonly Row[]): {
  readonly shown: readonly Row[];
  readonly pagination: ReactNode;
} {
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(rows.length / ON_A_PAGE));
  const current = Math.min(page, pages);
  const shown = rows.slice((current - 1) * ON_A_PAGE, current * ON_A_PAGE);
  if (pages === 1) return { shown, pagination: undefined };
  const labels = {
    nextPageLabel: 'Next page',
    previousPageLabel: 'Previous page',
    pageLabel: (n: number) => `Page ${n}`,
  };
  return {
    shown,
    pagination: (
      <Pagination
        currentPageIndex={current}
        pagesCount={pages}
        ariaLabels={labels}
        onChange={({ detail }) => setPage(detail.currentPageIndex)}
      />
    ),
  };
}
