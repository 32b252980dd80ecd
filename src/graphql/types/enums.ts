import { registerEnumType } from 'type-graphql';

/** GraphQL names are the words that the other rooms use, so values pass through as they are. */
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
  description: 'Whether a segment is still sent to its destination.',
  valuesConfig: {
    ACTIVE: { description: 'Mapped to the destination and being sent.' },
    INACTIVE: { description: 'Mapped to the destination, but not being sent now.' },
    DELETED: {
      description:
        'No longer mapped: deleted in Audience Manager or gone from its list. The name stays, for reports on data from before.',
    },
    UNKNOWN: { description: 'Audience Manager gave a status that this gateway does not know.' },
  },
});

registerEnumType(DestinationTypeEnum, {
  name: 'DestinationType',
  description: 'How Audience Manager delivers segments to a destination.',
  valuesConfig: {
    URL: {
      description:
        'A URL called from the page (PUSH in the API). For data that must move at once, so that the destination can act on a qualified user, such as retargeting from a ticketing site. Near-synchronous with what the user does on the page; covers new visitors only, who must be seen again to qualify.',
    },
    COOKIE: {
      description:
        'A cookie written on the page (ADS in the API). Used like a URL destination: data moves at once, near-synchronously with what the user does on the page, for new visitors only, who must be seen again to qualify.',
    },
    SERVER_TO_SERVER: {
      description:
        'Files or messages from server to server (S2S in the API). For building deep audience segments over hours or days for a later campaign, where no immediate transfer is needed. Covers new and earlier visitors, who need not be seen again.',
    },
    ANALYTICS: { description: 'Adobe Analytics, which receives segments of its own visitors.' },
    PEOPLE_BASED: { description: 'A people-based destination, addressed by hashed identifiers.' },
    UNKNOWN: { description: 'Not read yet, or a type that this gateway does not know.' },
  },
});

registerEnumType(SegmentIdTypeEnum, {
  name: 'SegmentIdType',
  description: "Which of a segment's three identifiers an ID is.",
  valuesConfig: {
    MAPPING_ID: {
      description: 'The ID of the mapping between segment and destination (destinationMappingId in the API).',
    },
    SID: { description: "The segment's own ID in the customer's Audience Manager account (sid in the API)." },
    ALIAS: {
      description: 'The key or value that the customer chose for it (traitAlias in the API), free text.',
    },
  },
});

registerEnumType(MetadataSourceEnum, {
  name: 'MetadataSource',
  description: 'Where the name and the rest of the metadata come from.',
  valuesConfig: {
    AUDIENCE_MANAGER: { description: "Read from Audience Manager's REST API." },
    MANUAL: { description: 'Given by hand, for example in a file that the customer sent.' },
  },
});

registerEnumType(SyncStatusEnum, {
  name: 'SyncStatus',
  description: 'How a destination stands with its source.',
  valuesConfig: {
    NEVER: { description: 'Not read yet: it is read at the first lookup, or when its scheduled turn comes.' },
    FRESH: { description: 'The last reading is younger than the time to live.' },
    STALE: { description: 'The last reading is older than the time to live; a newer one is on its way.' },
    FAILING: { description: 'The last attempt failed; what was read before is still served.' },
    MANUAL: {
      description: 'The customer gave no access to its account: names come by the manual method alone.',
    },
  },
});

registerEnumType(SegmentRevisionKindEnum, {
  name: 'SegmentRevisionKind',
  description: 'What changed of a segment.',
  valuesConfig: {
    CREATED: { description: 'This gateway saw it for the first time.' },
    RENAMED: { description: 'It has another name.' },
    DESCRIBED: { description: 'It has another description.' },
    STATUS_CHANGED: { description: 'It has another status, other than by deletion.' },
    REMOVED: { description: 'It was deleted, or is no longer listed.' },
    RESTORED: { description: 'It came back after a deletion.' },
  },
});

registerEnumType(ImportModeEnum, {
  name: 'ImportMode',
  description: 'What a file means for the manual entries that it does not have.',
  valuesConfig: {
    MERGE: { description: 'They stay.' },
    REPLACE: { description: 'They are taken away: the file is all that is given by hand.' },
  },
});
