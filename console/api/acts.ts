/** What pages do. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useConnection } from '#console/app/session.tsx';

type Act = { readonly method?: 'POST' | 'PUT' | 'DELETE'; readonly path: string; readonly body?: unknown };

/** Sends an act, and reads everything on the page again at once. A repeat by the same button is the same request. */
export function useAct<T>() {
  const connection = useConnection();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method = 'POST', path, body }: Act) => connection.send<T>(method, path, { body }),
    onSettled: () => queries.invalidateQueries(),
  });
}
