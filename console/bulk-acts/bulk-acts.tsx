import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Job } from '#console/api/types.ts';
import { VERBS, type Verb, verbNamed } from './acts.ts';
import { ActOnFound, ActOnJobs } from './bulk-dialog.tsx';
import type { Search } from './found.ts';

type Props = {
  readonly selected: readonly Job[];
  readonly search: Search;
  /** How many jobs the page shows. */
  readonly shown: number;
  onDone(): void;
};
type Asked = { readonly verb: Verb; readonly jobs?: readonly Job[] };

const ITEMS = Object.entries(VERBS).map(([id, text]) => ({ id, text: id === 'setPriority' ? `${text} …` : text }));

/** Acts on the selected jobs, or on all that the filter finds. */
export function BulkActs({ selected, search, shown, onDone }: Props) {
  const [asked, setAsked] = useState<Asked>();
  const close = () => {
    setAsked(undefined);
    onDone();
  };
  const ask =
    (jobs?: readonly Job[]): ButtonDropdownProps['onItemClick'] =>
    ({ detail }) => {
      const verb = verbNamed(detail.id);
      if (verb) setAsked({ verb, ...(jobs && { jobs }) });
    };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown disabled={selected.length === 0} items={ITEMS} onItemClick={ask(selected)}>
        Act on {selected.length} selected
      </ButtonDropdown>
      <ButtonDropdown disabled={shown === 0} items={ITEMS} onItemClick={ask()}>
        Act on all found
      </ButtonDropdown>
      {asked?.jobs && <ActOnJobs verb={asked.verb} jobs={asked.jobs} onClose={close} />}
      {asked && !asked.jobs && <ActOnFound verb={asked.verb} search={search} onClose={close} />}
    </SpaceBetween>
  );
}
