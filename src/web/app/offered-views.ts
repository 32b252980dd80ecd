import type { Texts } from '../texts/index.js';
import type { Permission } from './app-context.js';

/** A view that the header leads to. */
export interface OfferedView {
  readonly address: string;
  readonly text: (texts: Texts) => string;
}

interface OfferedTo extends OfferedView {
  /** Any of these is enough. */
  readonly permissions: readonly Permission[];
}

const VIEWS: readonly OfferedTo[] = [
  { address: '/', text: ({ shell }) => shell.lookUp, permissions: ['read'] },
  { address: '/search', text: ({ shell }) => shell.search, permissions: ['read'] },
  { address: '/destinations', text: ({ shell }) => shell.destinations, permissions: ['read', 'refresh'] },
  { address: '/load', text: ({ shell }) => shell.load, permissions: ['import'] },
  { address: '/imports', text: ({ shell }) => shell.imports, permissions: ['read'] },
];

/** The views that a caller can use, in the order of the header. */
export function offeredViews(may: (permission: Permission) => boolean): readonly OfferedView[] {
  return VIEWS.filter(({ permissions }) => permissions.some(may));
}
