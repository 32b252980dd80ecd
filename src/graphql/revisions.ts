import type { Destination, RevisionPage } from '../directory/index.js';
import { checkFirst } from './arguments.js';
import { parseRevisionCursor } from './cursors.js';
import type { GatewayContext } from './request/context.js';

/** Selects a part of a destination's history. */
interface RevisionScope {
  /** The segment (mapping ID) whose history is requested; `null`: all segments. */
  readonly segmentId: string | null;
  /** Earliest time, in milliseconds since the epoch; `null`: from the beginning. */
  readonly since: number | null;
}

/** A page of history, newest first. */
export interface HistoryPage extends RevisionPage {
  readonly hasPreviousPage: boolean;
}

/**
 * Reads a page of a destination's history.
 *
 * @param after cursor of a revision; the page starts with the next older one
 * @throws GraphQLError, DirectoryError
 */
export async function readHistory(
  { loader, limits }: GatewayContext,
  destination: Destination,
  scope: RevisionScope,
  first: number,
  after: string | null | undefined,
): Promise<HistoryPage> {
  checkFirst(first, limits);
  const position = parseRevisionCursor(after);
  const request = { ...scope, first, order: 'newest-first', after: position } as const;
  const page = await loader.revisions(destination, request);
  return { ...page, hasPreviousPage: position !== null && page.totalCount > page.revisions.length };
}
