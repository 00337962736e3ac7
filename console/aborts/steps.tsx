import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StepsList, { type StepsProps } from '@cloudscape-design/components/steps';
import type { Abort } from '#console/api/types.ts';
import { isFinalAbort } from '#domain/statuses';
import { WORKFLOW_STEPS } from './workflow.ts';

/** The workflow's steps with the current one lit. */
export function Steps({ abort }: { abort: Abort }) {
  if (abort.mode === 'task') return null;
  return (
    <Container
      header={
        <Header variant="h2" description={executionLink(abort)}>
          Workflow
        </Header>
      }
    >
      <StepsList
        ariaLabel="Steps of the workflow"
        orientation="horizontal"
        steps={WORKFLOW_STEPS.map(({ header, isDone, isCurrent }) => ({
          header,
          status: statusOf(abort, { isDone: isDone(abort), isCurrent: isCurrent(abort) }),
        }))}
      />
    </Container>
  );
}

function statusOf(abort: Abort, at: { isDone: boolean; isCurrent: boolean }): StepsProps.Status {
  if (at.isDone) return 'success';
  if (abort.status === 'Failed') return 'error';
  if (isFinalAbort(abort.status)) return 'stopped';
  return at.isCurrent ? 'in-progress' : 'pending';
}

/** On AWS the execution has a page of its own. */
function executionLink({ executionArn }: Abort) {
  const region = executionArn?.split(':')[3];
  if (executionArn === undefined || region === undefined || executionArn.includes(':000000000000:')) return undefined;
  const href = `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
  return (
    <a href={href} rel="noreferrer" target="_blank">
      The execution in AWS
    </a>
  );
}
