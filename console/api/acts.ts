/** What pages do. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Client } from '#client/client';
import { useClient } from '#console/app/session.tsx';

/** Does an act by the client, and reads everything on the page again at once. */
export function useAct<Done>() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (act: (client: Client) => Promise<Done>) => act(client),
    onSettled: () => queries.invalidateQueries(),
  });
}
