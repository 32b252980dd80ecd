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
  'UNKNOWN',
);
export const SegmentIdTypeEnum = enumOf('MAPPING_ID', 'SID', 'ALIAS');
export const MetadataSourceEnum = enumOf('AUDIENCE_MANAGER', 'MANUAL');
export const SegmentRevisionKindEnum = enumOf(
  'CREATED',
  'RENAMED',
  'DESCRIBED',
  'STATUS_CHANGED',
  'REMOVED',
  'RESTORED',
);
export const ImportModeEnum = enumOf('MERGE', 'REPLACE');
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
    UNKNOWN: { description: 'The type was not read yet, or this gateway does not know it.' },
  },
});

registerEnumType(SegmentIdTypeEnum, {
  name: 'SegmentIdType',
  description: 'The kinds of identifiers that a segment has.',
  valuesConfig: {
    MAPPING_ID: {
      description:
        'The ID of the mapping between segment and destination (destinationMappingId in the Audience Manager API).',
    },
    SID: {
      description:
        "The segment's ID in the customer's Audience Manager account (sid in the Audience Manager API).",
    },
    ALIAS: {
      description:
        'The key or value that the customer chose for the segment, free text (traitAlias in the Audience Manager API).',
    },
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

registerEnumType(ImportModeEnum, {
  name: 'ImportMode',
  description: 'What an import does with manual entries that the file does not contain.',
  valuesConfig: {
    MERGE: { description: 'Keep them.' },
    REPLACE: { description: 'Remove them, so that the file holds all manual entries of the destination.' },
  },
});
