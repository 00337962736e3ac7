/** What Lastcall measures. The functions publish it; on AWS, alarms, dashboard and scaling of the fleet read it. */

type MeasureRow = { readonly unit: 'Count' | 'Seconds'; readonly meaning: string };

export const MEASURES = {
  ReadyTasks: {
    unit: 'Count',
    meaning: 'Tasks that may run and wait for a slot; of each job at most MAX_READY_COUNTED are counted.',
  },
  OldestCancellingSeconds: { unit: 'Seconds', meaning: 'How long the oldest job in Cancelling has been cancelled.' },
  LiveServers: { unit: 'Count', meaning: 'Servers that are neither stopped nor lost and whose heartbeat is not late.' },
  UnservedTasks: {
    unit: 'Count',
    meaning: 'Tasks that may run in a group that is served, while no server lives. A wake takes a minute or two.',
  },
  RunningTasks: { unit: 'Count', meaning: 'Tasks that servers ran at their last heartbeats.' },
  ProtectionRefused: {
    unit: 'Count',
    meaning: 'Servers that ECS refuses to protect from a scale-in: they claim nothing, and may be stopped.',
  },
  ServerExits: {
    unit: 'Count',
    meaning: 'Containers of servers that ended by themselves with a fault, could not start, or were not healthy.',
  },
  SubmissionsRemoved: {
    unit: 'Count',
    meaning: 'Jobs whose submission died before it was accepted: removed with all that it had written.',
  },
  LostServers: { unit: 'Count', meaning: 'Servers that were declared lost: their silence was proven.' },
  ServersHeldBack: {
    unit: 'Count',
    meaning: 'Silent servers that are not declared lost yet, because too many are silent at once.',
  },
  DrainDeadlines: {
    unit: 'Count',
    meaning: 'Servers that were stopped at the deadline of their drain while tasks in Executing still ran on them.',
  },
  NudgesLost: {
    unit: 'Count',
    meaning: 'Requests to nudge idle servers that failed: tasks start up to a heartbeat later, nothing else.',
  },
} as const satisfies Readonly<Record<string, MeasureRow>>;

/** The name of a measure. */
export type Measure = keyof typeof MEASURES;
/** Values of some measures at one moment. */
export type Measured = Readonly<Partial<Record<Measure, number>>>;

/**
 * The fields of a log line from which CloudWatch makes metrics (its embedded metric format), in the namespace
 * `Lastcall`, under the line's `service`. The time is in epoch milliseconds.
 */
export function embedded(values: Measured, atMs: number) {
  const Metrics = Object.entries(MEASURES)
    .filter(([Name]) => Name in values)
    .map(([Name, { unit: Unit }]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: 'Lastcall', Dimensions: [['service']], Metrics }];
  return { ...values, _aws: { Timestamp: atMs, CloudWatchMetrics } };
}
