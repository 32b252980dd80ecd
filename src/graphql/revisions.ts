import type { Destination } from '../directory/index.js';
import { checkFirst } from './arguments.js';
import type { GatewayContext } from './request/context.js';
import { parseRevisionCursor } from './cursors.js';
import { SegmentRevisionConnectionObject } from './types/revision.js';

/** Which part of a destination's history. */
export interface RevisionScope {
  /** `null`: of all its segments. */
  readonly segmentId: string | null;
  /** At this moment or later, in milliseconds since the epoch; `null`: from the beginning. */
  readonly since: number | null;
}

/** A page of history, newest first. @throws GraphQLError, DirectoryError */
export async function revisionsOf(
  { loader, limits }: GatewayContext,
  destination: Destination,
  scope: RevisionScope,
  first: number,
  after: string | null | undefined,
): Promise<SegmentRevisionConnectionObject> {
  checkFirst(first, limits);
  const before = parseRevisionCursor(after);
  const page = await loader.revisions(destination, { ...scope, first, before });
  return new SegmentRevisionConnectionObject(
    page,
    before !== null && page.totalCount > page.revisions.length,
  );
}
