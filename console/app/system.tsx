/** Which system this is and how one signs in to it, as `GET /console/config.json` says. */
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { z } from 'zod';
import { Problem } from './problem.tsx';

const systemSchema = z.object({
  name: z.string(),
  /** Of the stripe at the top, so that production is never taken for a test. */
  colour: z.string(),
  signIn: z.object({ issuer: z.string(), local: z.boolean(), consoleClientId: z.string().optional() }),
});
export type System = z.infer<typeof systemSchema>;

const SystemContext = createContext<System | undefined>(undefined);

/** The system that the page shows. */
export function useSystem(): System {
  const system = useContext(SystemContext);
  if (!system) throw new Error('useSystem needs a SystemProvider above.');
  return system;
}

export function SystemProvider({ children }: { children: ReactNode }) {
  const { data, error } = useQuery({
    queryKey: ['/console/config.json'],
    staleTime: Number.POSITIVE_INFINITY,
    // It is read once: the age of a page does not count it.
    meta: { isAgeless: true },
    queryFn: async () => systemSchema.parse(await (await fetch('/console/config.json')).json()),
  });
  useEffect(() => {
    if (data) document.title = `Lastcall – ${data.name}`;
  }, [data]);
  if (!data) return <Problem error={error} header="The console cannot read its configuration" />;
  return <SystemContext.Provider value={data}>{children}</SystemContext.Provider>;
}
