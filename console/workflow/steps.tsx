import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Abort } from '#console/api/types.ts';
import { InAList } from '#console/graph/in-a-list.tsx';
import { useNow } from '#console/parts/clock.ts';
import { type Standing, standingsOf } from './standing.ts';
import { STATES, type State } from './workflow.ts';
import { standingInWords, WorkflowDrawing } from './workflow-drawing.tsx';

const ICONS = {
  ahead: 'pending',
  current: 'in-progress',
  passed: 'success',
  failed: 'error',
  withdrawn: 'stopped',
} as const;

/** The workflow of a server abort: a picture with the current states lit, and the same as a list. */
export function Steps({ abort }: { abort: Abort }) {
  const standings = standingsOf(abort, useNow());
  if (abort.mode === 'task') return null;
  const standing = (name: string): Standing => standings.get(name) ?? { progress: 'ahead', serverIds: [] };
  return (
    <Container
      header={
        <Header variant="h2" description={executionLink(abort)}>
          Workflow
        </Header>
      }
    >
      <SpaceBetween size="s">
        {STATES.filter(({ name }) => standing(name).progress === 'current').map((state) => (
          <Now key={state.name} state={state} />
        ))}
        <WorkflowDrawing standings={standings} />
        <InAList>
          {() => (
            <ul>
              {STATES.map(({ name }) => (
                <li key={name}>
                  <StatusIndicator type={ICONS[standing(name).progress]}>
                    {[name, standingInWords(standing(name))].filter((text) => text !== '').join(', ')}
                  </StatusIndicator>
                </li>
              ))}
            </ul>
          )}
        </InAList>
      </SpaceBetween>
    </Container>
  );
}

function Now({ state }: { state: State }) {
  return (
    <Box variant="p">
      Now <b>{state.name}</b>: {state.what}
    </Box>
  );
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
