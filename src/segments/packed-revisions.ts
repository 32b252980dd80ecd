import type { PackedSegments } from './packed-segments.js';
import { REVISION_KINDS, countKinds, type Occasion, type Revision } from './revision.js';

/** The revisions of many segments at one time, in a fraction of the memory of objects. */
export class PackedRevisions implements Iterable<Revision> {
  /** Individual revisions of other times, which come first. */
  readonly earlier: readonly Revision[];
  /** The segments after the change. */
  readonly segments: PackedSegments;
  /** For each segment its revision kinds, as made by `bitsOf`; 0 for a segment without revisions. */
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
    for (let index = 0; index < this.segments.length; index++) {
      const bits = this.kinds[index] ?? 0;
      const segment = bits === 0 ? undefined : this.segments.at(index);
      if (segment === undefined) continue;
      const { id: segmentId, name, description, status, source } = segment;
      for (let bit = 0; bit < REVISION_KINDS.length; bit++) {
        const kind = REVISION_KINDS[bit];
        if (kind === undefined || (bits & (1 << bit)) === 0) continue;
        yield { segmentId, at, kind, name, description, status, source, by };
      }
    }
  }

  /**
   * Splits the revisions into parts of at most `maxRevisions`. The parts contain neither the `earlier` revisions nor
   * segments without revisions.
   */
  *parts(maxRevisions: number): Generator<{ readonly part: PackedRevisions; readonly count: number }> {
    let indices: number[] = [];
    let count = 0;
    for (let index = 0; index < this.segments.length; index++) {
      const more = countKinds(this.kinds[index] ?? 0);
      if (more === 0) continue;
      if (count + more > maxRevisions) {
        yield { part: this.#select(indices), count };
        indices = [];
        count = 0;
      }
      indices.push(index);
      count += more;
    }
    if (count > 0) yield { part: this.#select(indices), count };
  }

  #select(indices: readonly number[]): PackedRevisions {
    const kinds = Uint8Array.from(indices, (index) => this.kinds[index] ?? 0);
    return new PackedRevisions(this.segments.select(indices), kinds, this.occasion);
  }
}
