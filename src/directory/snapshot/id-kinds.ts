import type { DestinationDetails } from '../../audience-manager/index.js';
import type { DestinationConfig } from '../../config/index.js';
import type { IdentifierType, SegmentIdType } from '../../segments/index.js';

/** As which kinds of identifiers the IDs of a lookup are tried. */
export interface IdKinds {
  /** In the order in which a match is reported. */
  readonly types: readonly IdentifierType[];
  /** Whether the kind of the IDs is not stated: then two different segments are no answer. */
  readonly isAuto: boolean;
  /** Whether manual entries for IDs of unstated kind are found too. */
  readonly findsUnstated: boolean;
  /** Whether the kinds are those that the destination's type can send. Otherwise its type is not known. */
  readonly isCertain: boolean;
  /** Which segments a URL destination sends by alias or sid; `null`: the type of destination does not matter. */
  readonly urlRule: 'SERIALIZED' | 'ALIAS_MACRO' | null;
  /** The text between key and value of a KEY_VALUE. */
  readonly keySeparator: string;
  /** The key of segments without one of their own, in a KEY_VALUE. */
  readonly singleKey: string | null;
  /** Equal for equal kinds. */
  readonly key: string;
}

const ALL: readonly IdentifierType[] = ['SID', 'ALIAS', 'MAPPING_ID', 'VALUE', 'KEY_VALUE', 'URL'];

/** The separator of a cookie destination whose own is not known. Source: "Create a cookie destination". */
const DEFAULT_KEY_SEPARATOR = '=';

const ALIAS_MACRO = /%alias%/i;

/** Whether a text has the macro that stands for a segment's alias. */
export function hasAliasMacro(text: string | null): boolean {
  return text !== null && ALIAS_MACRO.test(text);
}

/** Whether the kinds depend on the destination's details in Audience Manager. */
export function dependsOnDetails(idType: SegmentIdType): boolean {
  return idType === 'AUTO' || idType === 'KEY_VALUE';
}

/**
 * The kinds to try for IDs of a destination.
 * Source: "Retrieve destinations"; the pages on outbound files, real-time messages, cookie and URL destinations.
 *
 * @param idType the kind that the lookup states; default: the one in the destination's settings
 * @param details `null` if they are not known
 */
export function kindsFor(
  { type: configuredType, segmentIdType }: Pick<DestinationConfig, 'type' | 'segmentIdType'>,
  details: DestinationDetails | null,
  idType: SegmentIdType = segmentIdType,
): IdKinds {
  const isAuto = idType === 'AUTO';
  const type = configuredType ?? details?.type ?? 'UNKNOWN';
  const { types, urlRule } = isAuto
    ? sentBy(type, details)
    : ({ types: [idType] as const, urlRule: null } as const);
  const fields = {
    types,
    isAuto,
    // An ID whose kind nobody stated is of the kind that the destination's IDs are.
    findsUnstated: isAuto || idType === segmentIdType,
    isCertain: !isAuto || type !== 'UNKNOWN',
    urlRule,
    keySeparator: details?.keySeparator ?? DEFAULT_KEY_SEPARATOR,
    singleKey: details?.singleKey ?? null,
  };
  return { ...fields, key: keyOf(fields) };
}

/** The kinds for IDs whose kind is stated, in a destination with these kinds. */
export function kindsOfType(idType: IdentifierType, kinds: IdKinds | null): IdKinds {
  const fields = {
    types: [idType],
    isAuto: false,
    findsUnstated: false,
    isCertain: true,
    urlRule: null,
    keySeparator: kinds?.keySeparator ?? DEFAULT_KEY_SEPARATOR,
    singleKey: kinds?.singleKey ?? null,
  };
  return { ...fields, key: keyOf(fields) };
}

function keyOf(fields: Omit<IdKinds, 'key'>): string {
  return JSON.stringify(Object.values(fields));
}

/** What the data of a type of destination carry. */
function sentBy(
  type: DestinationDetails['type'],
  details: DestinationDetails | null,
): Pick<IdKinds, 'types' | 'urlRule'> {
  switch (type) {
    case 'SERVER_TO_SERVER': {
      // Where the interface fills in the aliases, the destination is not one of those old ones that send mapping IDs.
      const filler = details?.mappingAutoFiller ?? 'NONE';
      return { types: filler === 'NONE' ? ['SID', 'ALIAS', 'MAPPING_ID'] : ['SID', 'ALIAS'], urlRule: null };
    }
    case 'COOKIE':
      return {
        types: details?.formatType === 'KEY_VALUE' ? ['KEY_VALUE'] : ['VALUE', 'KEY_VALUE'],
        urlRule: null,
      };
    case 'URL': {
      const isSerialized =
        details?.serializationEnabled === true ||
        hasAliasMacro(details?.urlFormatString ?? null) ||
        hasAliasMacro(details?.secureUrlFormatString ?? null);
      if (isSerialized) return { types: ['ALIAS', 'SID'], urlRule: 'SERIALIZED' };
      return details?.serializationEnabled === false
        ? { types: ['URL', 'ALIAS', 'SID'], urlRule: 'ALIAS_MACRO' }
        : { types: ['URL', 'ALIAS', 'SID'], urlRule: 'SERIALIZED' };
    }
    case 'ANALYTICS':
    case 'PEOPLE_BASED':
    case 'PULL':
    case 'UNKNOWN':
      return { types: ALL, urlRule: null };
  }
}
