import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAct } from '#console/api/acts.ts';
import type { Group } from '#console/api/types.ts';
import { notify } from '#console/app/notices.tsx';
import { reasonAgainst } from '#console/parts/allowed.tsx';
import { DEFAULT_PRIORITY, PRIORITIES } from '#domain/priorities';

const OPTIONS = PRIORITIES.map((value) => ({ value }));

/** The priority of the group's later jobs that name none; who may not change it reads why. */
export function DefaultPriority({ group }: { group: Group }) {
  const { batchGroup, defaultPriority = DEFAULT_PRIORITY, actions } = group;
  const act = useAct<Group>();
  const reason = reasonAgainst(actions.change);
  if (reason !== undefined)
    return (
      <SpaceBetween size="xxs">
        {defaultPriority}
        <small>{reason}</small>
      </SpaceBetween>
    );
  const change = (priority: (typeof PRIORITIES)[number]) =>
    act.mutate(
      (client) =>
        client.call('PUT /groups/{batchGroup}', { path: { batchGroup }, body: { defaultPriority: priority } }),
      {
        onSuccess: () =>
          notify({ type: 'success', content: `New jobs of ${batchGroup} have the priority ${priority}.` }),
        onError: ({ message }) => notify({ type: 'error', header: `${batchGroup} was not changed`, content: message }),
      },
    );
  return (
    <Select
      selectedOption={{ value: defaultPriority }}
      options={OPTIONS}
      disabled={act.isPending}
      ariaLabel={`Default priority of ${batchGroup}`}
      expandToViewport
      onChange={({ detail }) => {
        const chosen = PRIORITIES.find((each) => each === detail.selectedOption.value);
        if (chosen) change(chosen);
      }}
    />
  );
}
