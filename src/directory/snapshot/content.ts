import { Turns, atOnce, inTurns, type Steps } from '../../base/turns.js';
import {
  IdentifierIndex,
  type IdentifierType,
  type IndexParts,
  type PackedSegments,
} from '../../segments/index.js';
import type { IdKinds } from './id-kinds.js';
import type { IdentifierLookup } from './identify.js';
import { KeyValueIndex } from './key-value-index.js';
import { isManualOnly } from './manual-layer.js';
import { preferred } from './segment.js';
import { UrlIndex } from './url-index.js';

/** Estimated memory of the objects of a snapshot besides its buffers. */
const BYTES_OF_OBJECTS = 1_024;

/** Finds the records that have an identifier of one kind. */
interface Index {
  findAll(id: string): readonly number[];
}

/** Which index: the kind of identifier, and for KEY_VALUE what the identifiers are made with. */
type IndexKind =
  | { readonly idType: 'SID' | 'ALIAS' | 'VALUE' | 'URL' }
  | { readonly idType: 'KEY_VALUE'; readonly keySeparator: string; readonly singleKey: string | null };

/** The segments of a snapshot with their indices, which are built when they are first needed. */
export class Content implements IdentifierLookup {
  readonly segments: PackedSegments;
  readonly byId: IdentifierIndex;
  /** Memory, in bytes. */
  readonly bytes: number;
  readonly #indices = new Map<IdentifierType, { readonly kind: IndexKind; readonly index: Index }>();
  #hasManualOnly: boolean | undefined;
  /** Preparations in flight, by the key of their kinds. */
  readonly #preparing = new Map<string, Promise<void>>();

  private constructor(segments: PackedSegments, byId: IdentifierIndex) {
    this.segments = segments;
    this.byId = byId;
    // Three indices: by the own ID, and by two other identifiers at most in most destinations.
    this.bytes = BYTES_OF_OBJECTS + segments.byteLength + 3 * IdentifierIndex.bytesFor(segments.length);
  }

  /** Builds the index by the gateway's own IDs in steps. */
  static *building(segments: PackedSegments): Steps<Content> {
    return new Content(segments, yield* IdentifierIndex.building(segments, 'id', (_, later) => later));
  }

  static from(segments: PackedSegments, byId: IndexParts): Content {
    return new Content(segments, IdentifierIndex.from(segments, 'id', byId));
  }

  get hasManualOnly(): boolean {
    return (this.#hasManualOnly ??= atOnce(findManualOnly(this.segments)));
  }

  indicesOf(id: string, idType: IdentifierType, kinds: IdKinds): readonly number[] {
    if (idType === 'MAPPING_ID') return this.byId.findAll(id);
    const kind = kindOf(idType, kinds);
    return (this.#built(kind) ?? atOnce(this.#building(kind))).findAll(id);
  }

  /** Whether everything is built that lookups of these kinds need. */
  isPreparedFor(kinds: IdKinds): boolean {
    if (this.#hasManualOnly === undefined) return false;
    return kinds.types.every(
      (idType) => idType === 'MAPPING_ID' || this.#built(kindOf(idType, kinds)) !== undefined,
    );
  }

  /** Builds in turns what lookups of these kinds need, once for all who wait for it. */
  prepareFor(kinds: IdKinds): Promise<void> {
    let preparing = this.#preparing.get(kinds.key);
    if (preparing === undefined) {
      preparing = inTurns(this.#buildingFor(kinds), new Turns()).finally(() => {
        this.#preparing.delete(kinds.key);
      });
      this.#preparing.set(kinds.key, preparing);
    }
    return preparing;
  }

  *#buildingFor(kinds: IdKinds): Steps<void> {
    this.#hasManualOnly ??= yield* findManualOnly(this.segments);
    for (const idType of kinds.types) {
      if (idType === 'MAPPING_ID') continue;
      const kind = kindOf(idType, kinds);
      if (this.#built(kind) === undefined) yield* this.#building(kind);
    }
  }

  /** Builds in steps what the other content has. */
  *preparingLike(other: Content): Steps<void> {
    if (other.#hasManualOnly !== undefined) this.#hasManualOnly ??= yield* findManualOnly(this.segments);
    for (const { kind } of [...other.#indices.values()]) {
      if (this.#built(kind) === undefined) yield* this.#building(kind);
    }
  }

  #built(kind: IndexKind): Index | undefined {
    const built = this.#indices.get(kind.idType);
    return built !== undefined && isSame(built.kind, kind) ? built.index : undefined;
  }

  *#building(kind: IndexKind): Steps<Index> {
    const index = yield* this.#buildingIndex(kind);
    this.#indices.set(kind.idType, { kind, index });
    return index;
  }

  #buildingIndex(kind: IndexKind): Steps<Index> {
    switch (kind.idType) {
      case 'SID':
        return this.#buildingBy('sid');
      case 'ALIAS':
        return this.#buildingBy('alias');
      case 'VALUE':
        return this.#buildingBy('value');
      case 'KEY_VALUE':
        return KeyValueIndex.building(this.segments, kind);
      case 'URL':
        return UrlIndex.building(this.segments);
    }
  }

  #buildingBy(field: 'sid' | 'alias' | 'value'): Steps<Index> {
    return IdentifierIndex.building(this.segments, field, this.#preferred, true);
  }

  readonly #preferred = (index: number, other: number): number => {
    const [a, b] = [this.segments.at(index), this.segments.at(other)];
    return a !== undefined && b !== undefined && preferred(a, b) === b ? other : index;
  };
}

function kindOf(
  idType: Exclude<IdentifierType, 'MAPPING_ID'>,
  { keySeparator, singleKey }: IdKinds,
): IndexKind {
  return idType === 'KEY_VALUE' ? { idType, keySeparator, singleKey } : { idType };
}

function isSame(a: IndexKind, b: IndexKind): boolean {
  if (a.idType !== 'KEY_VALUE' || b.idType !== 'KEY_VALUE') return a.idType === b.idType;
  return a.keySeparator === b.keySeparator && a.singleKey === b.singleKey;
}

/** Whether Audience Manager has never listed one of the segments. */
function* findManualOnly(segments: PackedSegments): Steps<boolean> {
  for (let index = 0; index < segments.length; index++) {
    yield;
    const segment = segments.source(index) === 'MANUAL' ? segments.at(index) : undefined;
    if (segment !== undefined && isManualOnly(segment)) return true;
  }
  return false;
}
