import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Flashbar from '@cloudscape-design/components/flashbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useAborts } from '#console/api/reads.ts';
import { isFinalAbort } from '#domain/statuses';
import { AsOf } from './as-of.tsx';
import { useNotices } from './notices.tsx';
import { usePreferences } from './preferences.ts';
import { useSession } from './session.tsx';
import { useSystem } from './system.tsx';

const PLACES = [
  { type: 'link', text: 'Jobs', href: '/console/jobs' },
  { type: 'link', text: 'Submit', href: '/console/submit' },
  { type: 'link', text: 'Aborts', href: '/console/aborts' },
  { type: 'divider' },
  { type: 'link', text: 'Servers', href: '/console/servers' },
  { type: 'link', text: 'Batch groups', href: '/console/groups' },
  { type: 'link', text: 'Features', href: '/console/features' },
  { type: 'link', text: 'Audit', href: '/console/audit' },
] as const;

/** The frame of every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [location, navigate] = useLocation();
  const { name, colour } = useSystem();
  const go = (event: Pick<Event, 'preventDefault'>, href: string) => {
    event.preventDefault();
    navigate(href.replace(/^\/console/, ''));
  };
  return (
    <>
      <div id="top">
        <div className="stripe" style={{ background: colour }} />
        <TopNavigation
          identity={{
            href: '/console/jobs',
            title: `Lastcall – ${name}`,
            onFollow: (event) => go(event, '/console/jobs'),
          }}
          utilities={useUtilities()}
        />
      </div>
      <AppLayoutToolbar
        headerSelector="#top"
        toolsHide
        ariaLabels={{
          navigation: 'Pages',
          navigationClose: 'Close the list of pages',
          navigationToggle: 'Open the list of pages',
        }}
        navigation={
          <SideNavigation
            activeHref={activePlace(location)}
            items={[...PLACES]}
            onFollow={(event) => go(event, event.detail.href)}
          />
        }
        notifications={<Notifications />}
        breadcrumbs={<AsOf />}
        content={children}
      />
    </>
  );
}

function activePlace(location: string): string {
  return `/console/${location.split('/')[1] ?? ''}`;
}

/** What has just happened, and aborts that are under way, but for the one that the page shows. */
function Notifications() {
  const [location, navigate] = useLocation();
  const notices = useNotices();
  const underWay = (useAborts({ limit: 20 }, true).data?.items ?? []).filter(
    ({ status, abortId }) => !isFinalAbort(status) && location !== `/aborts/${abortId}`,
  );
  const bar = underWay.map((abort) => ({
    id: abort.abortId,
    type: 'in-progress' as const,
    content: `An abort is under way: ${abort.status}, requested by ${abort.requestedByName ?? abort.requestedBy}.`,
    buttonText: 'Watch it',
    onButtonClick: () => navigate(`/aborts/${abort.abortId}`),
  }));
  return <Flashbar items={[...bar, ...notices]} stackItems />;
}

function useUtilities() {
  const { user, signOut } = useSession();
  const [{ dark, compact, shortcuts }, change] = usePreferences();
  const items = [
    { id: 'dark', text: dark ? 'Light mode' : 'Dark mode', act: () => change({ dark: !dark }) },
    { id: 'compact', text: compact ? 'Comfortable rows' : 'Compact rows', act: () => change({ compact: !compact }) },
    {
      id: 'shortcuts',
      text: shortcuts ? 'Switch keyboard shortcuts off' : 'Switch keyboard shortcuts on',
      act: () => change({ shortcuts: !shortcuts }),
    },
    { id: 'sign-out', text: 'Sign out', act: signOut },
  ];
  return [
    {
      type: 'menu-dropdown' as const,
      text: user?.name ?? '',
      description: user?.roles.join(', ') || 'no role',
      iconName: 'user-profile' as const,
      items: items.map(({ id, text }) => ({ id, text })),
      onItemClick: ({ detail }: { detail: { id: string } }) => items.find(({ id }) => id === detail.id)?.act(),
    },
  ];
}
