import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useAct } from '#console/api/acts.ts';
import { useFeatures } from '#console/api/reads.ts';
import type { Feature } from '#console/api/types.ts';
import { notify } from '#console/app/notices.tsx';
import { Problem } from '#console/app/problem.tsx';
import { Ago } from '#console/parts/ago.tsx';
import { reasonAgainst } from '#console/parts/allowed.tsx';

const MEANING: Readonly<Record<string, string>> = {
  EnhancedBatchAbort:
    'On: an abort drains and restarts the servers that run the job, after it has shown which other jobs that disrupts. It stops anything, also what is blocked in native code. Off: an abort stops the tasks of the job where they run, and touches nothing else. Aborts that are under way go on as they began.',
};

/** The switches, what each means, and who changed it. */
export function FeaturesPage() {
  const { data, error } = useFeatures();
  return (
    <SpaceBetween size="m">
      <Header variant="h1">Features</Header>
      <Problem error={error} header="The features cannot be read" />
      {data?.items.map((feature) => (
        <FeatureCard key={feature.name} feature={feature} />
      ))}
    </SpaceBetween>
  );
}

function FeatureCard({ feature }: { feature: Feature }) {
  const act = useAct<Feature>();
  const { name, enabled, changedAt, changedBy, changedByName } = feature;
  const reason = reasonAgainst(feature.actions.change);
  const change = (next: boolean) =>
    act.mutate((client) => client.call('PUT /features/{name}', { path: { name }, body: { enabled: next } }), {
      onSuccess: () => notify({ type: 'success', content: `${name} is ${next ? 'on' : 'off'}.` }),
    });
  return (
    <Container header={<Header variant="h2">{name}</Header>}>
      <SpaceBetween size="s">
        <Problem error={act.error} header="The switch was not changed" />
        <Box variant="p">{MEANING[name] ?? ''}</Box>
        <Toggle
          checked={enabled}
          disabled={reason !== undefined || act.isPending}
          onChange={({ detail }) => change(detail.checked)}
        >
          {enabled ? 'On' : 'Off'}
        </Toggle>
        {reason !== undefined && <Box variant="small">{reason}</Box>}
        {changedAt !== undefined && (
          <Box variant="small">
            Changed by {changedByName ?? changedBy} <Ago at={changedAt} />
          </Box>
        )}
      </SpaceBetween>
    </Container>
  );
}
