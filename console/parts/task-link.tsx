import type { ReactNode } from 'react';
import { PageLink } from './page-link.tsx';

type Props = { readonly jobId: string; readonly taskId: string; readonly children?: ReactNode };

/** The page of a job with this task open. */
export function taskPage({ jobId, taskId }: Pick<Props, 'jobId' | 'taskId'>): string {
  return `/jobs/${jobId}/tasks?task=${encodeURIComponent(taskId)}`;
}

/** A link to a task, by its id or by what it encloses. */
export function TaskLink({ jobId, taskId, children = taskId }: Props) {
  return <PageLink to={taskPage({ jobId, taskId })}>{children}</PageLink>;
}
