import type { Destination, RevisionPage } from '../directory/index.js';
import { checkFirst } from './arguments.js';
import { parseRevisionCursor, revisionCursor } from './cursors.js';
import type { GatewayContext } from './request/context.js';
import type { HistoryRequest } from './request/past-loader.js';

/** The order of a list of changes, as the API calls it. */
export type RevisionOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST';

/** Which part of a list of changes a field asks for. */
export interface RevisionPageArguments {
  readonly first: number;
  /** Cursor of a revision; the page starts with the next one. */
  readonly after: string | null | undefined;
}

/** Which changes of a destination are asked for. */
interface ChangesArguments extends RevisionPageArguments {
  readonly since: Date;
  /** `null`: NEWEST_FIRST. */
  readonly order: RevisionOrder | null;
}

/** A page of changes, and the cursor from which to go on where the page is empty. */
export interface ChangesPage extends RevisionPage {
  readonly endOfEmptyPage: string | null;
}

/**
 * Reads a page of a segment's history, newest first.
 *
 * @param segmentId the gateway's own key of the segment
 * @throws GraphQLError, DirectoryError
 */
export async function readHistory(
  context: GatewayContext,
  destination: Destination,
  segmentId: string,
  page: RevisionPageArguments,
): Promise<RevisionPage> {
  return await context.loader.history(destination, segmentId, parsedPage(context, page));
}

/** Reads a page of the changes of a destination. @throws GraphQLError, DirectoryError */
export async function readChanges(
  context: GatewayContext,
  destination: Destination,
  { since, order, ...page }: ChangesArguments,
): Promise<ChangesPage> {
  const request = parsedPage(context, page);
  const isOldestFirst = order === 'OLDEST_FIRST';
  const found = await context.loader.changes(destination, {
    ...request,
    segmentId: null,
    since: since.getTime(),
    order: isOldestFirst ? 'oldest-first' : 'newest-first',
  });
  // Where the changes are followed, the next request goes on from where this one ended.
  const { after } = request;
  return { ...found, endOfEmptyPage: isOldestFirst && after !== null ? revisionCursor(after) : null };
}

function parsedPage({ limits }: GatewayContext, { first, after }: RevisionPageArguments): HistoryRequest {
  checkFirst(first, limits);
  return { first, after: parseRevisionCursor(after) };
}
