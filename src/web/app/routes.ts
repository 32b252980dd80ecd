import type { FunctionComponent } from 'preact';
import { lazy } from 'preact-iso';
import { LookUpView } from '../views/look-up/index.js';
import type { ConnectionWatch } from './connection.js';
import { loadView } from './load-view.js';

/** A view with its address. */
export interface AppRoute {
  readonly path: string;
  readonly view: FunctionComponent & {
    /** Loads its code before it is needed. */
    readonly preload?: () => Promise<unknown>;
  };
}

/** The views by their addresses. The server knows the addresses too: `src/server/routes/page.ts`. */
export function createRoutes(connection: ConnectionWatch): readonly AppRoute[] {
  /** A view whose code is loaded when the browser has time for it, or when it is shown. */
  const view = (load: () => Promise<FunctionComponent>): AppRoute['view'] =>
    lazy<FunctionComponent>(() => loadView(load, connection));
  return [
    { path: '/', view: LookUpView },
    { path: '/search', view: view(async () => (await import('../views/search/index.js')).SearchView) },
    {
      path: '/destinations',
      view: view(async () => (await import('../views/destinations/index.js')).DestinationsView),
    },
    {
      path: '/destinations/:customer/:destination',
      view: view(async () => (await import('../views/destination/index.js')).DestinationView),
    },
    {
      path: '/destinations/:customer/:destination/segments/:idType/:id',
      view: view(async () => (await import('../views/segment/index.js')).SegmentView),
    },
    { path: '/load', view: view(async () => (await import('../views/load/index.js')).LoadView) },
    { path: '/imports', view: view(async () => (await import('../views/imports/index.js')).ImportsView) },
    { path: '/imports/:id', view: view(async () => (await import('../views/import/index.js')).ImportView) },
  ];
}

/** Loads the code of all views when the browser has nothing else to do, so that they also open while the network is away. */
export function preloadWhenIdle(routes: readonly AppRoute[]): void {
  const preload = (): void => {
    for (const { view } of routes) void view.preload?.();
  };
  // Safari has no idle callbacks.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(preload);
  else setTimeout(preload, 1_000);
}
