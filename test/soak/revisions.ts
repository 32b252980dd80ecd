import type { Occasion } from './checks.js';
import { readName } from './names.js';
import type { SegmentTruth } from './truth.js';
import type { World } from './world.js';

/** The fields of every revision that is asked for. */
export const REVISION = 'id segmentId at kind name description status source';

export interface Revision {
  readonly id: string;
  readonly segmentId: string;
  readonly at: string;
  readonly kind: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly source: string;
}

export interface RevisionPage {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly nodes: readonly Revision[];
}

/** Holds the history of a segment, newest first, against the model. */
export function checkHistory(
  world: World,
  occasion: Occasion,
  segment: SegmentTruth,
  { totalCount, nodes, pageInfo: { hasNextPage: hasMore } }: RevisionPage,
): void {
  if (!hasMore && totalCount !== nodes.length) {
    world.violate('totalCount counts the nodes', occasion, { totalCount, nodes: nodes.length }, segment.key);
  }
  checkSequence(world, occasion, segment, nodes.toReversed());
  // What is in a history is stored, so no gateway may have less of it, not even after a kill.
  const key = `${segment.key} revisions`;
  const floor = world.floors.below(key, { ...occasion, way: 'storage' });
  if (floor !== null && totalCount < floor) {
    world.violate('a history never becomes shorter', occasion, totalCount, world.floors.marksOf(key));
  }
  world.floors.raise(key, totalCount, { ...occasion, way: 'kept' });
}

/** Holds revisions of one segment, oldest first, against the model. */
function checkSequence(
  world: World,
  occasion: Occasion,
  segment: SegmentTruth,
  revisions: readonly Revision[],
): void {
  const sequence = new RevisionSequence(segment);
  for (const revision of revisions) sequence.add(world, occasion, revision);
}

/**
 * The revisions of one segment, oldest first: each is of this segment and was true once, the names from Audience Manager
 * and those by hand come in the order in which they were given, and each changes something.
 */
export class RevisionSequence {
  readonly #segment: SegmentTruth;
  readonly #highest = new Map<string, number>();
  /** The last revision, and the last one of the change before: a change that has several kinds is several revisions. */
  #last: Revision | null = null;
  #before: Revision | null = null;

  constructor(segment: SegmentTruth) {
    this.#segment = segment;
  }

  get last(): Revision | null {
    return this.#last;
  }

  /** Holds the next revision against the model. */
  add(world: World, occasion: Occasion, revision: Revision): void {
    const violate = (invariant: string, model: unknown): void =>
      world.violate(invariant, occasion, revision, model);
    const last = this.#last;
    if (last !== null && !isSameChange(last, revision)) this.#before = last;
    this.#last = revision;
    const said = readName(revision.name ?? '');
    if (said === null || world.destination(said).find(said.segment) !== this.#segment) {
      violate('a history has the names of its segment', this.#segment.key);
      return;
    }
    if (said.origin === 'listed' && this.#segment.versionOf(said.number) === undefined) {
      violate('no name is made up', `v${this.#segment.version} is the newest`);
    }
    const older = this.#highest.get(said.origin) ?? 0;
    if (said.number < older) {
      violate('a history is in the order of what happened', `${said.origin} ${older} is before it`);
    }
    this.#highest.set(said.origin, Math.max(older, said.number));
    if (last !== null && revision.at < last.at) violate('a history is in the order of time', last);
    if (revision.kind === 'RENAMED' && this.#before?.name === revision.name) {
      violate('nothing is renamed to itself', this.#before);
    }
    if (revision.kind === 'CREATED' && last !== null) violate('nothing is created twice', last);
  }
}

function isSameChange(a: Revision, b: Revision): boolean {
  return (
    a.at === b.at &&
    a.name === b.name &&
    a.description === b.description &&
    a.status === b.status &&
    a.source === b.source
  );
}
