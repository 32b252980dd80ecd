import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ConnectionWatch } from './connection.js';
import type { Session } from './session.js';
import { useStore } from './store.js';

/** What the gateway offers browsers beside this page. */
export interface Offers {
  readonly explorer: boolean;
}

/** What all parts of the page share. */
export interface AppParts {
  readonly session: Session;
  readonly connection: ConnectionWatch;
}

/** Carries what all parts share. */
export const AppContext = createContext<AppParts | null>(null);

/** What all parts of the page share. */
export function useApp(): AppParts {
  const parts = useContext(AppContext);
  if (parts === null) throw new Error('bug: this component is outside of the application');
  return parts;
}

/** What a caller may do. */
export type Permission = 'read' | 'refresh' | 'import' | 'metrics' | 'explore';

/** The caller, with a test of what it may do. What it may not do is not offered. */
export interface CurrentViewer {
  readonly name: string;
  /** Number of customers that it may see. */
  readonly customerCount: number;
  readonly may: (permission: Permission) => boolean;
  /** Whether there is no access control, so that everybody is the same caller. */
  readonly isAnyone: boolean;
}

/** The caller. */
export function useViewer(): CurrentViewer {
  const { viewer } = useStore(useApp().session.state);
  return {
    name: viewer?.name ?? '',
    customerCount: viewer?.customerCount ?? 0,
    may: (permission) => viewer?.permissions.includes(permission) === true,
    isAnyone: viewer?.isAnyone === true,
  };
}
