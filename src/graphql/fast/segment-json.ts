import type { SegmentIdType } from '../../config/index.js';
import type { Destination, Segment, Snapshot } from '../../directory/index.js';
import { idMistake } from '../arguments.js';
import { SegmentObject, SegmentOrigin } from '../types/segment.js';

/** A leaf field of a segment in an answer, or `__typename`. */
export interface RowField {
  readonly kind: 'leaf';
  readonly key: string;
  readonly name: Exclude<keyof SegmentObject, 'history' | 'destination' | 'customer'> | '__typename';
}

/** The segment's destination or customer, with what is asked for of it. */
export interface RowOwner {
  readonly kind: 'owner';
  readonly key: string;
  readonly name: 'destination' | 'customer';
  readonly fields: readonly { readonly key: string; readonly name: OwnerField }[];
}

/** Fields of destinations and customers that are the same in every row. */
export type OwnerField = 'id' | 'name' | 'segmentIdType' | 'type' | 'description' | 'active' | '__typename';

/** What is asked for of each segment, in order. */
export type RowShape = readonly (RowField | RowOwner)[];

/** The texts of one destination's segments in one shape. */
export interface RowTexts {
  /** @returns `undefined` where the snapshot has no such segment */
  get(id: string): string | undefined;
}

/** Of all texts and shapes together, in characters; when it is reached, all are made anew. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/**
 * Segments as JSON texts, made once for each snapshot, shape and kind of ID, and kept as long as the snapshot:
 * an answer with many segments is these texts in a row.
 */
export class SegmentRows {
  #bySnapshot = new WeakMap<Snapshot, Map<string, Rows>>();
  #characters = 0;

  /**
   * @param shapeKey the same for the same `shape`
   * @param owners the texts of the shape's owners, for this destination
   */
  of(
    destination: Destination,
    snapshot: Snapshot,
    idType: SegmentIdType,
    shape: RowShape,
    shapeKey: string,
    owners: ReadonlyMap<RowOwner, string>,
  ): RowTexts {
    if (this.#characters > MAX_CHARACTERS) {
      this.#bySnapshot = new WeakMap();
      this.#characters = 0;
    }
    let variants = this.#bySnapshot.get(snapshot);
    if (variants === undefined) this.#bySnapshot.set(snapshot, (variants = new Map<string, Rows>()));
    const stale = destination.isStale(snapshot);
    // What an owner is called can change while the snapshot does not.
    const key = `${idType} ${stale} ${shapeKey} ${[...owners.values()].join(' ')}`;
    let rows = variants.get(key);
    if (rows === undefined) {
      const origin = new SegmentOrigin(destination, snapshot.asOf);
      const writer = new RowWriter(shape, owners);
      rows = new Rows(snapshot, idType, (segment, id) => {
        const text = writer.write(new SegmentObject(segment, origin));
        this.#characters += text.length + id.length + 64;
        return text;
      });
      this.#characters += key.length + 500;
      variants.set(key, rows);
    }
    return rows;
  }
}

class Rows implements RowTexts {
  readonly #snapshot: Snapshot;
  readonly #idType: SegmentIdType;
  readonly #textOf: (segment: Segment, id: string) => string;
  readonly #texts = new Map<string, string>();

  constructor(snapshot: Snapshot, idType: SegmentIdType, textOf: (segment: Segment, id: string) => string) {
    this.#snapshot = snapshot;
    this.#idType = idType;
    this.#textOf = textOf;
  }

  get(id: string): string | undefined {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    // Execution refuses it, even where a segment is called so.
    if (idMistake('id', id) !== null) return undefined;
    const segment = this.#snapshot.find(id, this.#idType);
    if (segment === undefined) return undefined;
    // The one that was asked for can be a piece of a long text, all of which it would keep.
    const own = identifierOf(segment, this.#idType) ?? id;
    const text = this.#textOf(segment, own);
    this.#texts.set(own, text);
    return text;
  }
}

function identifierOf({ id, sid, alias }: Segment, idType: SegmentIdType): string | null {
  return idType === 'MAPPING_ID' ? id : idType === 'SID' ? sid : alias;
}

/** Writes segments in one shape. What is the same in every row is put together once; a text is all that is left of a row. */
class RowWriter {
  readonly #fields: RowField['name'][] = [];
  /** Before, between and behind the values, which stand at the odd places. */
  readonly #pieces: string[] = [];

  constructor(shape: RowShape, owners: ReadonlyMap<RowOwner, string>) {
    let before = '{';
    for (const part of shape) {
      before += `${JSON.stringify(part.key)}:`;
      if (part.kind === 'owner') {
        before += `${owners.get(part)},`;
      } else {
        this.#fields.push(part.name);
        this.#pieces.push(before, '');
        before = ',';
      }
    }
    this.#pieces.push(`${before.replace(/,$/, '')}}`);
  }

  write(segment: SegmentObject): string {
    const pieces = this.#pieces;
    for (let index = 0; index < this.#fields.length; index++) {
      const name = this.#fields[index] ?? '__typename';
      pieces[2 * index + 1] = JSON.stringify(name === '__typename' ? 'Segment' : segment[name]);
    }
    return pieces.join('');
  }
}
