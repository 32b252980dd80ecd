import type { IdentifierType, SegmentIdType, SegmentStatus } from '../segments/index.js';

/** The destination that IDs belong to. */
export interface NameScope {
  /** `null`: the customer is whoever has this destination. */
  readonly customerId: string | null;
  /** The destination's ID in Audience Manager. */
  readonly destinationId: string;
}

/** What an ID stands for. */
export type Named =
  | {
      readonly id: string;
      readonly outcome: 'FOUND';
      /** `null`: the segment has no name. */
      readonly name: string | null;
      readonly status: SegmentStatus;
      /** As what it was found; AUTO: by a name that was given by hand for an ID of unstated kind. */
      readonly idType: SegmentIdType;
    }
  | {
      readonly id: string;
      /**
       * - AMBIGUOUS: several segments have it, so that none is named.
       * - UNKNOWN: no segment has it, according to a complete and recent listing.
       * - UNCHECKED: no known segment has it, and Audience Manager could not be asked since.
       */
      readonly outcome: 'AMBIGUOUS' | 'UNKNOWN' | 'UNCHECKED';
    };

/** Gives the names for the IDs of one destination. */
export interface NameSource {
  /** How its IDs are understood according to its settings; `null` if that is not known. */
  readonly segmentIdType: SegmentIdType | null;
  /** The template of its files according to its settings, as it is written there; `null` if that is not known. */
  readonly format: string | null;
  /**
   * Looks IDs up. Unknown ones may be new: they have the destination read again, as every lookup does, at most once in
   * `freshness.newIdInterval`.
   *
   * @param ids at most `MAX_LOOKED_UP`
   * @param idType the kind of the IDs; default: what the destination's settings say
   * @returns one result for each ID, in their order
   * @throws if the names cannot be had; the message says what to do
   */
  lookUp(ids: readonly string[], idType?: SegmentIdType): Promise<readonly Named[]>;
}

/** Where names come from: a running gateway, or the storage of a configuration. */
export interface NameSources {
  /** @throws if there is no such destination, or if several customers have it and none is named */
  open(scope: NameScope): Promise<NameSource>;
}

/** Maximum number of IDs that are looked up at once. */
export const MAX_LOOKED_UP = 1_000;

/** All kinds of identifiers, the most frequent first. */
export const IDENTIFIER_TYPES: readonly IdentifierType[] = [
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];
