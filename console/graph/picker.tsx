import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import type { GraphTask } from './use-graph.ts';

const MAX_SUGGESTED = 50;
/** How far around a task one can look. */
const DISTANCES = [1, 2, 3, 5, 10] as const;

/** The task in the middle, and how far to go from it. */
export type Picked = { readonly taskId: string; readonly distance: number };
type Props = { tasks: readonly GraphTask[]; picked: Picked | undefined; onPick(picked?: Picked): void };

/** Finds a task by its id or name, to show what is around it. */
export function Picker({ tasks, picked, onPick }: Props) {
  const [typed, setTyped] = useState(picked?.taskId ?? '');
  const distance = picked?.distance ?? 2;
  const pick = (taskId: string) => {
    setTyped(taskId);
    if (tasks.some((task) => task.taskId === taskId)) onPick({ taskId, distance });
  };
  return (
    <ColumnLayout columns={3}>
      <FormField label="What is around a task">
        <Autosuggest
          value={typed}
          onChange={({ detail }) => setTyped(detail.value)}
          onSelect={({ detail }) => pick(detail.value)}
          onKeyDown={({ detail }) => detail.key === 'Enter' && pick(typed)}
          options={suggested(tasks, typed)}
          filteringType="manual"
          placeholder="Id or name of a task"
          enteredTextLabel={(text) => `Use ${text}`}
          empty="No task has this in its id or name."
        />
      </FormField>
      {picked && (
        <FormField label="Up to a distance of">
          <Select
            selectedOption={optionOf(distance)}
            options={DISTANCES.map(optionOf)}
            onChange={({ detail }) => onPick({ ...picked, distance: Number(detail.selectedOption.value) })}
          />
        </FormField>
      )}
      {picked && (
        <FormField label="Or">
          <Button
            onClick={() => {
              setTyped('');
              onPick();
            }}
          >
            Show the whole job
          </Button>
        </FormField>
      )}
    </ColumnLayout>
  );
}

function suggested(tasks: readonly GraphTask[], typed: string) {
  const sought = typed.toLowerCase();
  return tasks
    .filter(({ taskId, name }) => `${taskId}\n${name ?? ''}`.toLowerCase().includes(sought))
    .slice(0, MAX_SUGGESTED)
    .map(({ taskId, name }) => ({ value: taskId, ...(name !== taskId && { description: name }) }));
}

function optionOf(distance: number) {
  return { value: String(distance), label: String(distance) };
}
