import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useLocation } from 'wouter';
import { useJob, useWaiting } from '#console/api/reads.ts';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { useGraph } from '#console/graph/use-graph.ts';
import { loadLater } from '#console/load-later.tsx';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { Raw } from '#console/parts/raw.tsx';
import { Status } from '#console/parts/status.tsx';
import { TaskBar } from '#console/parts/task-bar.tsx';
import { AbortsTab } from './aborts-tab.tsx';
import { JobActs } from './job-acts.tsx';
import { sentenceOf } from './sentence.ts';
import { StopLadder } from './stop-ladder.tsx';
import { TasksTab } from './tasks-tab.tsx';
import { TimelineTab } from './timeline-tab.tsx';
import { WaitsFor } from './waits-for.tsx';

const loadGraph = () => import('#console/graph/graph-tab.tsx');
const GraphTab = loadLater(async () => (await loadGraph()).GraphTab);

/** One job: how it stands, what it waits for, how to stop it, and all that is known of it. */
export function JobPage({ jobId, tab = 'tasks' }: { jobId: string; tab?: string | undefined }) {
  const { data: job, error } = useJob(jobId);
  // A graph takes the longest to show: its code and its tasks come while the job is read.
  useGraph(jobId, tab === 'graph');
  if (tab === 'graph') void loadGraph();
  if (!job) return <Problem error={error} header="The job cannot be read" />;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<JobActs job={job} />} description={<Box variant="code">{job.jobId}</Box>}>
        {job.name} <Status of={job.status} />
      </Header>
      <Problem error={error} header="The job cannot be read; what is shown is old" />
      <Standing job={job} />
      <TaskBar counts={job.taskCounts} />
      <WaitsFor job={job} />
      <StopLadder job={job} />
      <Facts job={job} />
      <JobTabs job={job} tab={tab} />
    </SpaceBetween>
  );
}

/** How the job stands. Of a cancelled one, tasks that are blocked in native code are known not to listen. */
function Standing({ job }: { job: Job }) {
  const { data } = useWaiting(job.jobId, job.status === 'Cancelling');
  const deaf = data?.items.find((item) => item.for === 'UnmanagedWait')?.tasks;
  return (
    <Box variant="p" fontSize="heading-m">
      {sentenceOf(job, deaf)}
    </Box>
  );
}

function Facts({ job }: { job: Job }) {
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Owner', value: job.createdByName ?? job.createdBy },
          { label: 'Batch group', value: job.batchGroup },
          { label: 'Priority', value: job.priority },
          { label: 'Run', value: job.run },
          { label: 'Submitted', value: <Ago at={job.createdAt} /> },
          { label: 'Started', value: <Ago at={job.startedAt} /> },
          { label: 'Ended', value: <Ago at={job.endedAt} /> },
          { label: 'Took', value: <Lasting from={job.startedAt} to={job.endedAt} /> },
        ]}
      />
    </Container>
  );
}

function JobTabs({ job, tab }: { job: Job; tab: string }) {
  const [, navigate] = useLocation();
  return (
    <Tabs
      activeTabId={tab}
      onChange={({ detail }) => navigate(`/jobs/${job.jobId}/${detail.activeTabId}`, { replace: true })}
      ariaLabel="What is known of the job"
      tabs={[
        { id: 'tasks', label: 'Tasks', content: <TasksTab job={job} /> },
        { id: 'graph', label: 'Graph', content: <GraphTab job={job} /> },
        { id: 'timeline', label: 'Timeline', content: <TimelineTab job={job} /> },
        { id: 'aborts', label: 'Aborts', content: <AbortsTab job={job} /> },
        { id: 'raw', label: 'Raw', content: <Raw value={job} label="The job as the API replies" /> },
      ]}
    />
  );
}
