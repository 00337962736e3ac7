import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useLocation } from 'wouter';
import type { Client } from '#client/client';
import { useAct } from '#console/api/acts.ts';
import type { Job } from '#console/api/types.ts';
import { notify } from '#console/app/notices.tsx';
import { reasonAgainst } from '#console/parts/allowed.tsx';
import { PRIORITIES } from '#domain/priorities';

/** Hold, release, requeue, priority, clone: what is not possible says why. */
export function JobActs({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const act = useAct<Job>();
  const { hold, release, requeue, setPriority } = job.actions;
  const item = (id: string, text: string, allowed: Parameters<typeof reasonAgainst>[0]) => {
    const reason = reasonAgainst(allowed);
    return reason === undefined ? { id, text } : { id, text, disabled: true, disabledReason: reason };
  };
  const choose = (id: string) => {
    if (id === 'clone') return navigate(`/submit?clone=${job.jobId}`);
    const path = { jobId: job.jobId };
    const acts: Readonly<Record<string, (client: Client) => Promise<Job>>> = {
      hold: (client) => client.call('POST /jobs/{jobId}/hold', { path }),
      release: (client) => client.call('POST /jobs/{jobId}/release', { path }),
      requeue: (client) => client.call('POST /jobs/{jobId}/requeue', { path, body: { scope: 'NotFinished' } }),
      'requeue-all': (client) => client.call('POST /jobs/{jobId}/requeue', { path, body: { scope: 'All' } }),
    };
    const priority = PRIORITIES.find((each) => each === id);
    const request = priority
      ? (client: Client) => client.call('PUT /jobs/{jobId}/priority', { path, body: { priority } })
      : acts[id];
    if (!request) return;
    act.mutate(request, {
      onSuccess: () => notify({ type: 'success', content: `${job.name}: done.` }),
      onError: (error) => notify({ type: 'error', header: `${job.name}: that did not work`, content: error.message }),
    });
  };
  return (
    <ButtonDropdown
      loading={act.isPending}
      onItemClick={({ detail }) => choose(detail.id)}
      items={[
        item('hold', 'Hold', hold),
        item('release', 'Release', release),
        item('requeue', 'Requeue what has not finished', requeue),
        item('requeue-all', 'Requeue all tasks', requeue),
        { id: 'clone', text: 'Submit one like it' },
        {
          text: 'Priority',
          items: PRIORITIES.map((priority) =>
            priority === job.priority
              ? { id: priority, text: priority, disabled: true, disabledReason: 'It has this priority.' }
              : item(priority, priority, setPriority),
          ),
        },
      ]}
    >
      Act on the job
    </ButtonDropdown>
  );
}
