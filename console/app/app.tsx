import Header from '@cloudscape-design/components/header';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Redirect, Route, Router, Switch, useLocation } from 'wouter';
import { JobsPage } from '#console/jobs/jobs-page.tsx';
import { loadLater } from '#console/load-later.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { Shortcuts } from './keyboard.tsx';
import { SessionProvider, useSession } from './session.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { SystemProvider } from './system.tsx';

// The first page is the list of jobs; the others are loaded when they are opened.
const JobPage = loadLater(async () => (await import('#console/job/job-page.tsx')).JobPage);
const AbortPlanPage = loadLater(async () => (await import('#console/abort-plan/abort-plan-page.tsx')).AbortPlanPage);
const AbortsPage = loadLater(async () => (await import('#console/aborts/aborts-page.tsx')).AbortsPage);
const AbortPage = loadLater(async () => (await import('#console/aborts/abort-page.tsx')).AbortPage);
const ServersPage = loadLater(async () => (await import('#console/servers/servers-page.tsx')).ServersPage);
const GroupsPage = loadLater(async () => (await import('#console/system/groups-page.tsx')).GroupsPage);
const FeaturesPage = loadLater(async () => (await import('#console/system/features-page.tsx')).FeaturesPage);
const AuditPage = loadLater(async () => (await import('#console/audit/audit-page.tsx')).AuditPage);
const SubmitPage = loadLater(async () => (await import('#console/submit/submit-page.tsx')).SubmitPage);

const queries = new QueryClient({
  defaultOptions: {
    // The client itself repeats what a repeat may help.
    queries: { retry: false },
  },
});

/** The whole console. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <I18nProvider locale="en" messages={[messages]}>
        <SystemProvider>
          <SessionProvider>
            <Router base="/console">
              <Signed />
            </Router>
          </SessionProvider>
        </SystemProvider>
      </I18nProvider>
    </QueryClientProvider>
  );
}

/** A session that has expired keeps the page below its sign-in, with all drafts. */
function Signed() {
  const { user, isExpired } = useSession();
  if (!user) return <SignIn />;
  return (
    <>
      <Shortcuts />
      {isExpired && <SignIn again />}
      <Shell>
        <Pages />
      </Shell>
    </>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/jobs" component={JobsPage} />
      <Route path="/jobs/:jobId/abort">{({ jobId }) => <AbortPlanPage jobId={jobId} />}</Route>
      <Route path="/jobs/:jobId/:tab?">{({ jobId, tab }) => <JobPage jobId={jobId} tab={tab} />}</Route>
      <Route path="/aborts" component={AbortsPage} />
      <Route path="/aborts/:abortId">{({ abortId }) => <AbortPage abortId={abortId} />}</Route>
      <Route path="/servers" component={ServersPage} />
      <Route path="/groups" component={GroupsPage} />
      <Route path="/features" component={FeaturesPage} />
      <Route path="/audit" component={AuditPage} />
      <Route path="/submit" component={SubmitPage} />
      <Route path="/">
        <Redirect to="/jobs" />
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}

/** The page of an address that no page has. */
function NotFound() {
  const [location] = useLocation();
  return (
    <SpaceBetween size="s">
      <Header variant="h1">Page not found</Header>
      <p>
        The console has no page {location}. <PageLink to="/jobs">See all jobs</PageLink>
      </p>
    </SpaceBetween>
  );
}
