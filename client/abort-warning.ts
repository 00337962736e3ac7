/** What everybody reads before an abort, a sentence each. */
export const ABORT_WARNING = [
  'What is stopped in the middle may leave orphaned or incomplete data.',
  'Use an abort only to mitigate, when a cancelled task does not end by itself.',
] as const;
