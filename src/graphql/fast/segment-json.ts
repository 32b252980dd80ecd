import type { SegmentIdType } from '../../config/index.js';
import type { Destination, Segment, Snapshot } from '../../directory/index.js';
import { idMistake } from '../arguments.js';
import { SegmentObject, SegmentOrigin } from '../types/segment.js';
import type { LeafField } from './leaf-fields.js';
import type { SegmentShape } from './lookup-plan.js';

/** The segment JSON of one snapshot in one shape. */
export interface SegmentJson {
  /** @returns `null` where the snapshot has no such segment, or the full path has to report an error */
  get(id: string): string | null;
}

/** Maximum length of all cached segment JSON, in characters. Beyond it, the whole cache is emptied. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** Approximate memory of one cached segment besides its texts, in characters. */
const SEGMENT_OVERHEAD = 64;

/** Approximate memory of one combination of snapshot and shape besides its key, in characters. */
const SHAPE_OVERHEAD = 500;

/**
 * Caches segment JSON by snapshot, shape and kind of ID, as long as the snapshot lives. A response with many segments
 * is a concatenation of these texts.
 */
export class SegmentJsonCache {
  #bySnapshot = new WeakMap<Snapshot, Map<string, CachedSegmentJson>>();
  #characters = 0;

  /** @param parents the JSON of `shape.parents` for this destination, in order */
  of(
    destination: Destination,
    snapshot: Snapshot,
    idType: SegmentIdType,
    shape: SegmentShape,
    parents: readonly string[],
  ): SegmentJson {
    if (this.#characters > MAX_CHARACTERS) {
      this.#bySnapshot = new WeakMap();
      this.#characters = 0;
    }
    let byShape = this.#bySnapshot.get(snapshot);
    if (byShape === undefined)
      this.#bySnapshot.set(snapshot, (byShape = new Map<string, CachedSegmentJson>()));
    const stale = destination.isStale(snapshot);
    // The parents are part of the key because a destination's name can change while the snapshot does not.
    const key = `${idType} ${stale} ${shape.key} ${parents.join(' ')}`;
    let json = byShape.get(key);
    if (json === undefined) {
      const origin = new SegmentOrigin(destination, snapshot.asOf);
      const writer = new SegmentWriter(shape, parents);
      json = new CachedSegmentJson(snapshot, idType, (segment, id) => {
        const text = writer.write(new SegmentObject(segment, origin));
        if (text !== null) this.#characters += text.length + id.length + SEGMENT_OVERHEAD;
        return text;
      });
      this.#characters += key.length + SHAPE_OVERHEAD;
      byShape.set(key, json);
    }
    return json;
  }
}

class CachedSegmentJson implements SegmentJson {
  readonly #snapshot: Snapshot;
  readonly #idType: SegmentIdType;
  readonly #write: (segment: Segment, id: string) => string | null;
  readonly #byId = new Map<string, string>();

  constructor(
    snapshot: Snapshot,
    idType: SegmentIdType,
    write: (segment: Segment, id: string) => string | null,
  ) {
    this.#snapshot = snapshot;
    this.#idType = idType;
    this.#write = write;
  }

  get(id: string): string | null {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    // The full path refuses such an ID even where a segment has it.
    if (idMistake('id', id) !== null) return null;
    const segment = this.#snapshot.find(id, this.#idType);
    if (segment === undefined) return null;
    // The ID of the request can be a slice of a long text, which the map would keep in memory.
    const ownId = identifierOf(segment, this.#idType) ?? id;
    const text = this.#write(segment, ownId);
    if (text !== null) this.#byId.set(ownId, text);
    return text;
  }
}

function identifierOf({ id, sid, alias }: Segment, idType: SegmentIdType): string | null {
  return idType === 'MAPPING_ID' ? id : idType === 'SID' ? sid : alias;
}

/** Writes segments in one shape as JSON. The text between the values is the same for all segments and made once. */
class SegmentWriter {
  readonly #leaves: LeafField[] = [];
  /** Alternately a fixed text and the place of a value; the last piece is a fixed text. */
  readonly #pieces: string[] = [];

  constructor({ parts }: SegmentShape, parents: readonly string[]) {
    let parentIndex = 0;
    let fixed = '{';
    let separator = '';
    for (const part of parts) {
      fixed += `${separator}${JSON.stringify(part.key)}:`;
      separator = ',';
      if (part.kind === 'parent') {
        fixed += parents[parentIndex++] ?? 'null';
      } else {
        this.#leaves.push(part.leaf);
        this.#pieces.push(fixed, '');
        fixed = '';
      }
    }
    this.#pieces.push(`${fixed}}`);
  }

  /** @returns `null` where the full path has to report an error */
  write(segment: SegmentObject): string | null {
    const pieces = this.#pieces;
    let place = 1;
    for (const leaf of this.#leaves) {
      const value = leaf.json(segment, null);
      if (value === null) return null;
      pieces[place] = value;
      place += 2;
    }
    // Joining copies the pieces, so the result does not keep them in memory.
    return pieces.join('');
  }
}
