import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { statusName } from '#domain/statuses';

const TYPES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  Withhold: 'stopped',
  Waiting: 'pending',
  Ready: 'pending',
  Executing: 'in-progress',
  Cancelling: 'warning',
  Finished: 'success',
  Error: 'error',
  Cancelled: 'stopped',
  NotRun: 'stopped',
  Active: 'success',
  Draining: 'in-progress',
  Restarting: 'in-progress',
  Stopping: 'in-progress',
  Stopped: 'stopped',
  Lost: 'error',
  Completed: 'success',
  Withdrawn: 'stopped',
  Failed: 'error',
};

/** A status of a job, a task, a server or an abort: an icon and its word, so that colour is not needed. */
export function Status({ of }: { of: string }) {
  return <StatusIndicator type={TYPES[of] ?? 'info'}>{statusName(of)}</StatusIndicator>;
}
