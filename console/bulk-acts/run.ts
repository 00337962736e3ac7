/** Does something to many jobs, a few at once; it can be stopped, and goes on where it stopped. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Refused, Unreachable } from '#client/client';
import type { Job } from '#console/api/types.ts';

/** How far one job is; without an outcome nothing was sent for it. */
export type Outcome = 'under way' | 'done' | { readonly failed: string };

const AT_ONCE = 4;
const SHOWN_EVERY_MS = 250;
const UNAUTHORIZED = 401;

/** A run over jobs, with the outcome of each. */
export function useRun(doTo: (job: Job) => Promise<unknown>) {
  const queries = useQueryClient();
  const { outcomes, settle, show } = useOutcomes();
  const [state, setState] = useState<'asked' | 'running' | 'stopped'>('asked');
  const stopper = useRef(new AbortController());
  // A page that is left does not go on unseen.
  useEffect(() => () => stopper.current.abort(), []);
  const doOne = async (job: Job) => {
    settle(job.jobId, 'under way');
    const outcome = await doTo(job).then(() => 'done' as const, failureOf);
    settle(job.jobId, outcome);
    if (outcome === undefined) stopper.current.abort();
  };
  const go = async (jobs: readonly Job[]) => {
    stopper.current = new AbortController();
    const { signal } = stopper.current;
    const left = [...jobs];
    const work = async () => {
      for (let job = left.shift(); job && !signal.aborted; job = left.shift()) await doOne(job);
    };
    setState('running');
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    show();
    setState('stopped');
    await queries.invalidateQueries();
  };
  return { outcomes, state, go, stop: () => stopper.current.abort() };
}

/** The outcomes so far, shown a few times a second: to draw a thousand jobs anew for each would keep the page busy. */
function useOutcomes() {
  const known = useRef(new Map<string, Outcome>());
  const timer = useRef<number>(undefined);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const show = () => {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    setOutcomes(new Map(known.current));
  };
  const settle = (jobId: string, outcome: Outcome | undefined) => {
    if (outcome === undefined) known.current.delete(jobId);
    else known.current.set(jobId, outcome);
    timer.current ??= window.setTimeout(show, SHOWN_EVERY_MS);
  };
  return { outcomes, settle, show };
}

/** Undefined if nobody can say yet: without a connection or a session the run stops, and this job is sent again. */
function failureOf(error: Error): Outcome | undefined {
  const isPassing = error instanceof Unreachable || (error instanceof Refused && error.status === UNAUTHORIZED);
  return isPassing ? undefined : { failed: error.message };
}
