import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Job } from '#console/api/types.ts';
import { PRIORITIES } from '#domain/priorities';
import type { Act } from './acts.ts';

const MAX_OWNERS_SHOWN = 5;
const OPTIONS = PRIORITIES.map((value) => ({ value }));

type Props = { act: Act; jobs: readonly Job[]; onChange(act: Act): void };

/** Whose jobs these are, and what the act needs to know. */
export function Details({ act, jobs, onChange }: Props) {
  return (
    <SpaceBetween size="s">
      {jobs.length > 0 && <Box variant="p">They belong to {ownersOf(jobs)}.</Box>}
      {act.verb === 'cancel' && (
        <FormField label="Reason" description="Optional. It is kept in the story of each job.">
          <Input value={act.reason} onChange={({ detail }) => onChange({ ...act, reason: detail.value.trimStart() })} />
        </FormField>
      )}
      {act.verb === 'setPriority' && (
        <FormField label="New priority">
          <Select
            selectedOption={{ value: act.priority }}
            options={OPTIONS}
            onChange={({ detail }) => {
              const priority = PRIORITIES.find((each) => each === detail.selectedOption.value);
              if (priority) onChange({ ...act, priority });
            }}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}

/** `alice (12), bob (3) and 2 others`. */
function ownersOf(jobs: readonly Job[]): string {
  const owned = [...Map.groupBy(jobs, ({ createdBy, createdByName }) => createdByName ?? createdBy)]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([owner, own]) => `${owner} (${own.length})`);
  const others = owned.length - MAX_OWNERS_SHOWN;
  return `${owned.slice(0, MAX_OWNERS_SHOWN).join(', ')}${others > 0 ? ` and ${others} others` : ''}`;
}
