import { Router, Route, useLocation } from 'preact-iso';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Loading } from '../parts/loading.js';
import { ProblemNotice } from '../parts/problem-notice.js';
import { useTexts } from '../texts/index.js';
import { SignInPanel } from '../views/sign-in/sign-in-panel.js';
import { SignInView } from '../views/sign-in/index.js';
import { useApp } from './app-context.js';
import { ConnectionNotice } from './connection-notice.js';
import { ErrorBoundary } from './error-boundary.js';
import { Header } from './header.js';
import { MissingView } from './missing-view.js';
import { createRoutes, preloadWhenIdle } from './routes.js';
import { useStore } from './store.js';

/** What surrounds the views: header, notices, and the panel that asks for a key. */
export function Shell() {
  const { session } = useApp();
  const { phase, viewer, problem } = useStore(session.state);
  const texts = useTexts();
  const { path } = useLocation();
  return (
    <>
      <a class="skip" href="#content">
        {texts.shell.skip}
      </a>
      <Header />
      <ConnectionNotice />
      <main id="content" class="content" tabIndex={-1}>
        <ErrorBoundary address={path}>
          {viewer !== null ? (
            // What one person has read and typed is not kept for another who signs in over it.
            <Views key={viewer.name} />
          ) : phase === 'asking' ? (
            <SignInView />
          ) : problem === null ? (
            <Loading text={texts.shell.starting} />
          ) : (
            <ProblemNotice problem={problem} onRetry={() => void session.start()} />
          )}
        </ErrorBoundary>
      </main>
      {viewer !== null && phase === 'asking' && <SignInPanel />}
    </>
  );
}

function Views() {
  const { path } = useLocation();
  const { connection } = useApp();
  const routes = useMemo(() => createRoutes(connection), [connection]);
  useEffect(() => preloadWhenIdle(routes), [routes]);
  useFocusOnNavigation(path);
  if (!isDecodable(path)) return <MissingView />;
  return (
    <Router>
      {[
        ...routes.map((route) => <Route key={route.path} path={route.path} component={route.view} />),
        <Route key="sign-in" path="/sign-in" component={SignInView} />,
        <Route key="missing" default component={MissingView} />,
      ]}
    </Router>
  );
}

/** After going to another view, keyboards and screen readers begin at its top. */
function useFocusOnNavigation(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) document.getElementById('content')?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
}

/** Whether the parts of a path can be decoded, which the router takes for granted. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
