import type { SegmentIdType } from './segment.js';

/** The identifier of a manual entry. AUTO: nobody stated its kind. */
export interface ManualId {
  readonly idType: SegmentIdType;
  readonly id: string;
}

const PREFIXES: Readonly<Record<Exclude<SegmentIdType, 'MAPPING_ID'>, string>> = {
  SID: 'sid:',
  ALIAS: 'alias:',
  VALUE: 'value:',
  KEY_VALUE: 'key-value:',
  URL: 'url:',
  AUTO: 'id:',
};

/** The prefix of what the first version stored as a mapping ID: it may be one, or an ID whose kind nobody stated. */
const FIRST_VERSION_PREFIX = 'mapping-id:';

const TYPES_BY_PREFIX: readonly (readonly [prefix: string, idType: SegmentIdType])[] = [
  [FIRST_VERSION_PREFIX, 'AUTO'],
  ...Object.entries(PREFIXES).map(([idType, prefix]) => [prefix, idType as SegmentIdType] as const),
];

/**
 * The ID of a manual-only segment. All but mapping IDs get a prefix, so that none is ever confused with a mapping that
 * has the same number.
 *
 * @param origin FIRST_VERSION: the ID that the migration from the first version gave to an entry of unstated kind
 */
export function manualOnlyId({ idType, id }: ManualId, origin?: 'FIRST_VERSION'): string {
  if (origin === 'FIRST_VERSION') return `${FIRST_VERSION_PREFIX}${id}`;
  return idType === 'MAPPING_ID' ? id : `${PREFIXES[idType]}${id}`;
}

/** The identifier in an ID made by `manualOnlyId`; `null` if the ID has no prefix. */
export function parseManualOnlyId(id: string): ManualId | null {
  for (const [prefix, idType] of TYPES_BY_PREFIX) {
    if (id.startsWith(prefix) && id.length > prefix.length) return { idType, id: id.slice(prefix.length) };
  }
  return null;
}
