import type { PackedSegments } from './packed-segments.js';
import { REVISION_KINDS, countOf, type Occasion, type Revision } from './revision.js';

/** What has happened to segments on one occasion: what there is to tell of a whole listing, in a fraction of the room. */
export class PackedRevisions implements Iterable<Revision> {
  /** What is told before, of other occasions. */
  readonly earlier: readonly Revision[];
  /** As they are now. */
  readonly segments: PackedSegments;
  /** As `bitsOf` what happened to each of them, which may be nothing. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  readonly occasion: Occasion;

  constructor(
    segments: PackedSegments,
    kinds: Uint8Array<ArrayBuffer>,
    occasion: Occasion,
    earlier: readonly Revision[] = [],
  ) {
    this.earlier = earlier;
    this.segments = segments;
    this.kinds = kinds;
    this.occasion = occasion;
  }

  *[Symbol.iterator](): Generator<Revision> {
    const { at, by } = this.occasion;
    yield* this.earlier;
    for (let row = 0; row < this.segments.length; row++) {
      const bits = this.kinds[row] ?? 0;
      const segment = bits === 0 ? undefined : this.segments.at(row);
      if (segment === undefined) continue;
      const { id: segmentId, name, description, status, source } = segment;
      for (let bit = 0; bit < REVISION_KINDS.length; bit++) {
        const kind = REVISION_KINDS[bit];
        if (kind === undefined || (bits & (1 << bit)) === 0) continue;
        yield { segmentId, at, kind, name, description, status, source, by };
      }
    }
  }

  /** Without the earlier ones, in parts of at most so many, and without segments of which there is nothing to tell. */
  *parts(most: number): Generator<{ readonly part: PackedRevisions; readonly count: number }> {
    let rows: number[] = [];
    let count = 0;
    for (let row = 0; row < this.segments.length; row++) {
      const more = countOf(this.kinds[row] ?? 0);
      if (more === 0) continue;
      if (count + more > most) {
        yield { part: this.#picked(rows), count };
        rows = [];
        count = 0;
      }
      rows.push(row);
      count += more;
    }
    if (count > 0) yield { part: this.#picked(rows), count };
  }

  #picked(rows: readonly number[]): PackedRevisions {
    const kinds = Uint8Array.from(rows, (row) => this.kinds[row] ?? 0);
    return new PackedRevisions(this.segments.picked(rows), kinds, this.occasion);
  }
}
