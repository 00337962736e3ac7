import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useLocation } from 'wouter';
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
    const [verb = '', value] = id.split(' ');
    const request =
      verb === 'priority'
        ? { method: 'PUT' as const, path: `/jobs/${job.jobId}/priority`, body: { priority: value } }
        : { path: `/jobs/${job.jobId}/${verb}`, ...(value === undefined ? {} : { body: { scope: value } }) };
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
        item('requeue NotFinished', 'Requeue what has not finished', requeue),
        item('requeue All', 'Requeue all tasks', requeue),
        { id: 'clone', text: 'Submit one like it' },
        {
          text: 'Priority',
          items: PRIORITIES.map((priority) =>
            priority === job.priority
              ? { id: `priority ${priority}`, text: priority, disabled: true, disabledReason: 'It has this priority.' }
              : item(`priority ${priority}`, priority, setPriority),
          ),
        },
      ]}
    >
      Act on the job
    </ButtonDropdown>
  );
}
