import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useLocation, useSearch } from 'wouter';
import { useAct } from '#console/api/acts.ts';
import type { DryRun, Job } from '#console/api/types.ts';
import { notify } from '#console/app/notices.tsx';
import { Problem } from '#console/app/problem.tsx';
import { Raw } from '#console/parts/raw.tsx';
import type { SubmitJobRequest } from '#domain/requests';
import { useClone } from './clone.ts';
import { useDraft } from './draft.ts';
import { DryRunResult } from './dry-run-result.tsx';
import { JobForm } from './job-form.tsx';
import { checkText } from './job-text.ts';

const ROWS = 22;

/** A new job as text beside a form of the same; tried first, if one likes, by a dry run. */
export function SubmitPage() {
  const [, navigate] = useLocation();
  const [text, setText] = useDraft();
  const cloning = useClone(new URLSearchParams(useSearch()).get('clone') ?? undefined, setText);
  const dryRun = useAct<DryRun>();
  const submission = useAct<Job>();
  const { problems, job } = checkText(text);
  const submit = (sent: SubmitJobRequest) =>
    submission.mutate((client) => client.call('POST /jobs', { body: sent }), {
      onSuccess: ({ jobId, name }) => {
        setText(undefined);
        notify({ type: 'success', content: `${name} was submitted.` });
        navigate(`/jobs/${jobId}`);
      },
    });
  const edit = (next: string) => {
    dryRun.reset();
    submission.reset();
    setText(next);
  };
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description="The draft is kept in this tab until it is submitted."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => edit('')}>Begin anew</Button>
            <Button
              disabled={job === undefined}
              loading={dryRun.isPending}
              onClick={() => job && dryRun.mutate((client) => client.dryRunJob(job))}
            >
              Dry run
            </Button>
            <Button
              variant="primary"
              disabled={job === undefined}
              loading={submission.isPending}
              onClick={() => job && submit(job)}
            >
              Submit
            </Button>
          </SpaceBetween>
        }
      >
        Submit a job
      </Header>
      <Problem error={cloning} header="The job could not be copied" />
      <Problem error={submission.error} header="The job was not submitted" />
      <Problem error={dryRun.error} header="The job would be refused" />
      {dryRun.data && <DryRunResult result={dryRun.data} />}
      <ColumnLayout columns={2}>
        <Container header={<Header variant="h2">Text</Header>}>
          <FormField
            label="The job in YAML or JSON"
            errorText={problems.length === 0 ? undefined : <Problems problems={problems} />}
            stretch
          >
            <div className="job-text">
              <Textarea value={text} rows={ROWS} spellcheck={false} onChange={({ detail }) => edit(detail.value)} />
            </div>
          </FormField>
        </Container>
        <JobForm text={text} onChange={edit} />
      </ColumnLayout>
      {job !== undefined && (
        <Container header={<Header variant="h2">The same on the command line</Header>}>
          <Box variant="p">Save the text in a file, then:</Box>
          <Raw value="npx lastcall submit job.lastcall.yaml --watch" label="The command" />
        </Container>
      )}
    </SpaceBetween>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <ul>
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
  );
}
