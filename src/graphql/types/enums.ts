import { registerEnumType } from 'type-graphql';

/** Creates an enum object whose GraphQL names equal the internal values, so values need no conversion. */
function enumOf<const T extends string>(...values: readonly T[]): { readonly [K in T]: K } {
  return Object.fromEntries(values.map((value) => [value, value])) as { readonly [K in T]: K };
}

export const SegmentStatusEnum = enumOf('ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN');
export const DestinationTypeEnum = enumOf(
  'URL',
  'COOKIE',
  'SERVER_TO_SERVER',
  'ANALYTICS',
  'PEOPLE_BASED',
  'PULL',
  'UNKNOWN',
);
export const SegmentIdTypeEnum = enumOf('AUTO', 'SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL');
export const LookupStatusEnum = enumOf('FOUND', 'UNKNOWN', 'UNCHECKED', 'AMBIGUOUS', 'FAILED');
export const MetadataSourceEnum = enumOf('AUDIENCE_MANAGER', 'MANUAL');
export const SegmentRevisionKindEnum = enumOf(
  'CREATED',
  'RENAMED',
  'DESCRIBED',
  'STATUS_CHANGED',
  'REMOVED',
  'RESTORED',
);
export const RevisionOrderEnum = enumOf('NEWEST_FIRST', 'OLDEST_FIRST');
export const ImportModeEnum = enumOf('MERGE', 'REPLACE');
export const ImportChangeKindEnum = enumOf('CREATED', 'RENAMED', 'UPDATED', 'REMOVED');
export const ImportColumnUseEnum = enumOf(
  'MAPPING_ID',
  'SID',
  'ID',
  'KEY_VALUE',
  'VALUE',
  'ALIAS',
  'URL',
  'NAME',
  'DESCRIPTION',
  'STATUS',
  'CUSTOMER',
  'DESTINATION',
  'TRAIT',
);
export const SyncStatusEnum = enumOf('NEVER', 'FRESH', 'STALE', 'FAILING', 'MANUAL');

registerEnumType(SegmentStatusEnum, {
  name: 'SegmentStatus',
  description: 'Whether a segment is being sent to its destination.',
  valuesConfig: {
    ACTIVE: { description: 'The segment is mapped to the destination and is being sent.' },
    INACTIVE: { description: 'The segment is mapped to the destination, but is not being sent now.' },
    DELETED: {
      description:
        'The segment is no longer mapped: it was deleted in Audience Manager, or the list of mappings no longer contains it. The name is kept for reports on older data.',
    },
    UNKNOWN: { description: 'Audience Manager returned a status that this gateway does not know.' },
  },
});

registerEnumType(DestinationTypeEnum, {
  name: 'DestinationType',
  description: 'How Audience Manager delivers segments to a destination.',
  valuesConfig: {
    URL: {
      description:
        'A URL called from the page (PUSH in the Audience Manager API). Data is transferred nearly in real time with user actions, so that the destination can act on a qualified user at once, for example to retarget visitors of a ticketing site. Covers new visitors only, who must be seen again to qualify.',
    },
    COOKIE: {
      description:
        'A cookie written on the page (ADS in the Audience Manager API). Like a URL destination: data is transferred nearly in real time with user actions. Covers new visitors only, who must be seen again to qualify.',
    },
    SERVER_TO_SERVER: {
      description:
        'Files or messages from server to server (S2S in the Audience Manager API). For audience segments that are built over hours or days for a later campaign, when no immediate transfer is needed. Covers new and earlier visitors, who need not be seen again.',
    },
    ANALYTICS: { description: 'Adobe Analytics. It receives segments of its own visitors.' },
    PEOPLE_BASED: {
      description: 'A people-based destination, in which users are addressed by hashed identifiers.',
    },
    PULL: { description: 'A destination that fetches the data from Audience Manager itself.' },
    UNKNOWN: { description: 'The type was not read yet, or this gateway does not know it.' },
  },
});

registerEnumType(SegmentIdTypeEnum, {
  name: 'SegmentIdType',
  description:
    'As what the ID of a segment is to be understood. Which kind data carry depends on the destination.',
  valuesConfig: {
    AUTO: {
      description:
        'Whichever kind it is: the ID is tried as each kind that the type of destination can send. If that finds different segments, the ID is ambiguous, and none of them is returned.',
    },
    SID: {
      description:
        "The segment's own ID in the customer's Audience Manager account (sid in the Audience Manager API).",
    },
    MAPPING_ID: {
      description:
        'The ID of the mapping between segment and destination (destinationMappingId, mappingId or traitToDataOrderId in the Audience Manager API).',
    },
    ALIAS: {
      description:
        'The key or text that the customer typed for the segment (traitAlias in the Audience Manager API).',
    },
    VALUE: { description: 'The value of a cookie destination (valueAlias in the Audience Manager API).' },
    KEY_VALUE: {
      description:
        "Key and value of a cookie destination with several keys: traitAlias, the destination's keySeparator and valueAlias, such as `type=123`.",
    },
    URL: {
      description:
        'The address that a URL destination calls, if it is not serialized (url or secureUrl in the Audience Manager API). Macros in it match any text.',
    },
  },
});

registerEnumType(LookupStatusEnum, {
  name: 'LookupStatus',
  description: 'What a lookup found out.',
  valuesConfig: {
    FOUND: { description: 'The segment is known.' },
    UNKNOWN: {
      description: 'There is no such segment: the destination was read completely and recently, without it.',
    },
    UNCHECKED: {
      description:
        'It is not among what is known, and Audience Manager could not be asked since. Try again later.',
    },
    AMBIGUOUS: {
      description:
        'The ID stands for several segments: for one as one kind of ID and for another as another kind, or several segments share the alias. `candidates` has all of them.',
    },
    FAILED: { description: 'The lookup failed, because of the key or the destination. `error` says why.' },
  },
});

registerEnumType(MetadataSourceEnum, {
  name: 'MetadataSource',
  description: 'Where name, description and status of a segment come from.',
  valuesConfig: {
    AUDIENCE_MANAGER: { description: "Audience Manager's REST API." },
    MANUAL: { description: 'A manual entry, for example from a file that the customer sent.' },
  },
});

registerEnumType(SyncStatusEnum, {
  name: 'SyncStatus',
  description: 'State of the synchronization of a destination with Audience Manager.',
  valuesConfig: {
    NEVER: { description: 'Not fetched yet. The first lookup or the next scheduled refresh fetches it.' },
    FRESH: { description: 'The data is younger than the configured time to live.' },
    STALE: {
      description:
        'The data is older than the configured time to live. The next lookup refreshes it in the background.',
    },
    FAILING: {
      description: 'The last attempt to fetch it failed. Data from earlier attempts is still served.',
    },
    MANUAL: {
      description:
        'No access to the Audience Manager account is configured for the customer. All data comes from manual entries.',
    },
  },
});

registerEnumType(SegmentRevisionKindEnum, {
  name: 'SegmentRevisionKind',
  description: 'The kind of change of a segment.',
  valuesConfig: {
    CREATED: { description: 'The gateway saw the segment for the first time.' },
    RENAMED: { description: 'The name changed.' },
    DESCRIBED: { description: 'The description changed.' },
    STATUS_CHANGED: { description: 'The status changed, but not to or from DELETED.' },
    REMOVED: { description: 'The segment was deleted, or the list of mappings no longer contains it.' },
    RESTORED: { description: 'The segment is mapped again after it was DELETED.' },
  },
});

registerEnumType(RevisionOrderEnum, {
  name: 'RevisionOrder',
  description: 'The order of a list of changes.',
  valuesConfig: {
    NEWEST_FIRST: {
      description: 'The latest change first, for people who want to see what happened lately.',
    },
    OLDEST_FIRST: {
      description:
        'In the order in which the changes were stored, for jobs that poll. Nothing is ever inserted before a cursor, so that `after` with the last `endCursor` returns exactly what came since.',
    },
  },
});

registerEnumType(ImportModeEnum, {
  name: 'ImportMode',
  description: 'What an import does with manual entries that the file does not contain.',
  valuesConfig: {
    MERGE: { description: 'Keep them.' },
    REPLACE: { description: 'Remove them, so that the file holds all manual entries of the destination.' },
  },
});

registerEnumType(ImportChangeKindEnum, {
  name: 'ImportChangeKind',
  description: 'What an import does to a segment.',
  valuesConfig: {
    CREATED: { description: 'Nothing was known of the segment.' },
    RENAMED: { description: 'The name changes.' },
    UPDATED: { description: 'The description, the status or the source changes, but not the name.' },
    REMOVED: {
      description:
        'The manual entry is removed, because the mode is REPLACE and the file does not contain the segment.',
    },
  },
});

registerEnumType(ImportColumnUseEnum, {
  name: 'ImportColumnUse',
  description: 'What a column of a file was taken for.',
  valuesConfig: {
    MAPPING_ID: { description: 'Mapping IDs.' },
    SID: { description: 'Sids.' },
    ID: { description: 'IDs of which the file does not say what they are.' },
    KEY_VALUE: { description: 'Keys and values together.' },
    VALUE: { description: 'Values.' },
    ALIAS: { description: 'Aliases, or keys.' },
    URL: { description: 'Addresses.' },
    NAME: { description: 'Names.' },
    DESCRIPTION: { description: 'Descriptions.' },
    STATUS: { description: 'Statuses.' },
    CUSTOMER: { description: 'The customer that the segments are of.' },
    DESTINATION: { description: 'The destination that the segments are of.' },
    TRAIT: { description: 'Whether a mapping is of a trait.' },
  },
});
