import type { SegmentIdType } from '../../config/index.js';
import {
  identifierOf,
  type Destination,
  type IdKinds,
  type Segment,
  type Snapshot,
} from '../../directory/index.js';
import { idMistake } from '../arguments.js';
import { SegmentObject, SegmentOrigin } from '../types/segment.js';
import type { LeafField } from './leaf-fields.js';
import type { LookupPart, SegmentShape } from './lookup-plan.js';

/** The JSON of one segment that was found by an ID. */
export interface FoundJson {
  readonly json: string;
  /** As what the ID was found. */
  readonly idType: SegmentIdType;
  /** The segment, if the JSON changes when that gets stale, which it does at a time of its own; else `null`. */
  readonly aging: Segment | null;
}

/** The segment JSON of one snapshot in one shape. */
export interface SegmentJson {
  /** @returns `null` where the snapshot has not exactly one such segment, or the full path has to report an error */
  get(id: string): FoundJson | null;
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
    kinds: IdKinds,
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
    const key = `${kinds.key} ${stale} ${shape.key} ${parents.join(' ')}`;
    let json = byShape.get(key);
    if (json === undefined) {
      const origin = new SegmentOrigin(destination, snapshot.asOf);
      const writer = new SegmentWriter(shape, parents);
      const { customerId, id: destinationId } = destination;
      json = new CachedSegmentJson(snapshot, kinds, {
        write: (segment, segmentId, idType) =>
          writer.write(new SegmentObject(segment, origin, segmentId), {
            customerId,
            destinationId,
            segmentId,
            idType,
          }),
        isAging: (segment) =>
          segment.confirmedAt !== null && segment.source === 'AUDIENCE_MANAGER' && !origin.isStale(segment),
        onCached: (characters) => {
          this.#characters += characters + SEGMENT_OVERHEAD;
        },
      });
      this.#characters += key.length + SHAPE_OVERHEAD;
      byShape.set(key, json);
    }
    return json;
  }
}

/** How the segments of a destination are written in one shape. */
interface SegmentWriting {
  readonly write: (segment: Segment, id: string, idType: SegmentIdType) => string | null;
  /** Whether the segment gets stale at another time than its destination, and is not stale yet. */
  readonly isAging: (segment: Segment) => boolean;
  /** Called with the length of each cached JSON and its ID. */
  readonly onCached: (characters: number) => void;
}

class CachedSegmentJson implements SegmentJson {
  readonly #snapshot: Snapshot;
  readonly #kinds: IdKinds;
  readonly #writing: SegmentWriting;
  readonly #byId = new Map<string, FoundJson>();

  constructor(snapshot: Snapshot, kinds: IdKinds, writing: SegmentWriting) {
    this.#snapshot = snapshot;
    this.#kinds = kinds;
    this.#writing = writing;
  }

  get(id: string): FoundJson | null {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    // The full path refuses such an ID even where a segment has it.
    if (idMistake('segmentId', id) !== null) return null;
    const [match, ...others] = this.#snapshot.identify(id, this.#kinds);
    const segment =
      match === undefined || others.length > 0 ? undefined : this.#snapshot.segments.at(match.index);
    if (match === undefined || segment === undefined) return null;
    const { idType } = match;
    // The ID of the request can be a slice of a long text, which the map would keep in memory.
    const ownId = ownIdOf(segment, idType, this.#kinds, id);
    const { write, isAging, onCached } = this.#writing;
    const json = write(segment, ownId, idType);
    if (json === null) return null;
    if (isAging(segment)) return { json, idType, aging: segment };
    const found = { json, idType, aging: null };
    this.#byId.set(ownId, found);
    onCached(json.length + ownId.length);
    return found;
  }
}

/** A copy of the ID that a segment was found by; where that is possible, the segment's own text. */
function ownIdOf(segment: Segment, idType: SegmentIdType, kinds: IdKinds, id: string): string {
  const identifier = idType === 'AUTO' ? null : identifierOf(segment, idType, kinds);
  return identifier === id ? identifier : Buffer.from(id, 'utf16le').toString('utf16le');
}

type ValuePart = Extract<LookupPart, { readonly kind: 'value' }>;

/** The values of a lookup that a SegmentLookup has. */
type LookupValues = Readonly<Record<ValuePart['value'], string>>;

/**
 * Writes segments in one shape as JSON, alone or in the lookup that found them. The text between the values is the same
 * for all segments and made once.
 */
class SegmentWriter {
  /** In turn a fixed text and what gives a value; the last one is a fixed text. */
  readonly #fixed: string[] = [];
  readonly #values: (LeafField | ValuePart)[] = [];

  constructor({ parts, lookup }: SegmentShape, parents: readonly string[]) {
    let fixed = '';
    const addValue = (value: LeafField | ValuePart): void => {
      this.#values.push(value);
      this.#fixed.push(fixed);
      fixed = '';
    };
    const addSegment = (): void => {
      let parentIndex = 0;
      let separator = '{';
      for (const part of parts) {
        fixed += `${separator}${JSON.stringify(part.key)}:`;
        separator = ',';
        if (part.kind === 'leaf') addValue(part.leaf);
        else fixed += parents[parentIndex++] ?? 'null';
      }
      fixed += '}';
    };
    let separator = '{';
    for (const part of lookup ?? []) {
      fixed += `${separator}${JSON.stringify(part.key)}:`;
      separator = ',';
      if (part.kind === 'fixed') fixed += part.json;
      else if (part.kind === 'value') addValue(part);
      else addSegment();
    }
    if (lookup === null) addSegment();
    else fixed += '}';
    this.#fixed.push(fixed);
  }

  /** @returns `null` where the full path has to report an error */
  write(segment: SegmentObject, lookup: LookupValues): string | null {
    const pieces: string[] = [];
    for (const [index, value] of this.#values.entries()) {
      const json = 'kind' in value ? JSON.stringify(lookup[value.value]) : value.json(segment, null);
      if (json === null) return null;
      pieces.push(this.#fixed[index] ?? '', json);
    }
    pieces.push(this.#fixed.at(-1) ?? '');
    // Joining copies the pieces, so the result does not keep them in memory.
    return pieces.join('');
  }
}
