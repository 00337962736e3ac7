import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useGroups, useHandlers } from '#console/api/reads.ts';
import { DEFAULT_PRIORITY, PRIORITIES } from '#domain/priorities';
import { readText, withChange } from './job-text.ts';

type Props = { text: string; onChange(text: string): void };

/** The parts of a job that a form suits; the text beside it has them all. */
export function JobForm({ text, onChange }: Props) {
  const job = readText(text);
  const groups = useGroups().data?.items ?? [];
  const set = (path: readonly unknown[], value: unknown) =>
    onChange(withChange(text, (document) => void document.setIn(path, value)));
  const said = (name: string) => (typeof job?.[name] === 'string' ? String(job[name]) : '');
  const group = said('batchGroup') || 'default';
  const usual = groups.find(({ batchGroup }) => batchGroup === group)?.defaultPriority ?? DEFAULT_PRIORITY;
  const options = (values: readonly string[]) => values.map((value) => ({ value, label: value }));
  return (
    <Container header={<Header variant="h2">Form</Header>}>
      <SpaceBetween size="m">
        <FormField label="Name">
          <Input value={said('name')} disabled={!job} onChange={({ detail }) => set(['name'], detail.value)} />
        </FormField>
        <FormField label="Batch group">
          <Select
            selectedOption={{ value: group }}
            disabled={!job}
            options={options([
              'default',
              ...groups.map(({ batchGroup }) => batchGroup).filter((name) => name !== 'default'),
            ])}
            onChange={({ detail }) => set(['batchGroup'], detail.selectedOption.value)}
          />
        </FormField>
        <FormField label="Priority">
          <Select
            selectedOption={{ value: said('priority') || usual }}
            disabled={!job}
            options={options(PRIORITIES)}
            onChange={({ detail }) => set(['priority'], detail.selectedOption.value)}
          />
        </FormField>
        <Toggle checked={job?.hold === true} disabled={!job} onChange={({ detail }) => set(['hold'], detail.checked)}>
          On hold: nothing starts before its release
        </Toggle>
        <AddTask text={text} onChange={onChange} job={job} />
      </SpaceBetween>
    </Container>
  );
}

function AddTask({ text, onChange, job }: Props & { job: ReturnType<typeof readText> }) {
  const handlers = useHandlers().data?.items ?? [];
  const count = Array.isArray(job?.tasks) ? job.tasks.length : 0;
  const add = (handler: string) =>
    onChange(
      withChange(text, (document) => {
        if (count === 0) document.set('tasks', document.createNode([]));
        document.addIn(['tasks'], document.createNode({ taskId: `task-${count + 1}`, handler }));
      }),
    );
  return (
    <FormField
      label="Add a task with the handler"
      description={`The job has ${count} tasks. Live servers have these handlers.`}
    >
      <SpaceBetween direction="horizontal" size="xs">
        {handlers.map(({ name }) => (
          <Button key={name} iconName="add-plus" disabled={!job} onClick={() => add(name)}>
            {name}
          </Button>
        ))}
      </SpaceBetween>
    </FormField>
  );
}
