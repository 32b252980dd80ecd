export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A date string, such as 2007-12-03, compliant with the `full-date` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  Date: { input: string; output: string; }
  /** A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  DateTime: { input: string; output: string; }
  /** What a router of a federated graph knows of an object: an object with `__typename` and the fields of one of its keys. */
  _Any: { input: Record<string, unknown>; output: Record<string, unknown>; }
};

/** How Audience Manager delivers segments to a destination. */
export type DestinationType =
  /** Adobe Analytics. It receives segments of its own visitors. */
  | 'ANALYTICS'
  /** A cookie written on the page (ADS in the Audience Manager API). Like a URL destination: data is transferred nearly in real time with user actions. Covers new visitors only, who must be seen again to qualify. */
  | 'COOKIE'
  /** A people-based destination, in which users are addressed by hashed identifiers. */
  | 'PEOPLE_BASED'
  /** A destination that fetches the data from Audience Manager itself. */
  | 'PULL'
  /** Files or messages from server to server (S2S in the Audience Manager API). For audience segments that are built over hours or days for a later campaign, when no immediate transfer is needed. Covers new and earlier visitors, who need not be seen again. */
  | 'SERVER_TO_SERVER'
  /** The type was not read yet, or this gateway does not know it. */
  | 'UNKNOWN'
  /** A URL called from the page (PUSH in the Audience Manager API). Data is transferred nearly in real time with user actions, so that the destination can act on a qualified user at once, for example to retarget visitors of a ticketing site. Covers new visitors only, who must be seen again to qualify. */
  | 'URL';

/** What an import does to a segment. */
export type ImportChangeKind =
  /** Nothing was known of the segment. */
  | 'CREATED'
  /** The manual entry is removed, because the mode is REPLACE and the file does not contain the segment. */
  | 'REMOVED'
  /** The name changes. */
  | 'RENAMED'
  /** The description, the status or the source changes, but not the name. */
  | 'UPDATED';

/** What a column of a file was taken for. */
export type ImportColumnUse =
  /** Aliases, or keys. */
  | 'ALIAS'
  /** The customer that the segments are of. */
  | 'CUSTOMER'
  /** Descriptions. */
  | 'DESCRIPTION'
  /** The destination that the segments are of. */
  | 'DESTINATION'
  /** IDs of which the file does not say what they are. */
  | 'ID'
  /** Keys and values together. */
  | 'KEY_VALUE'
  /** Mapping IDs. */
  | 'MAPPING_ID'
  /** Names. */
  | 'NAME'
  /** Sids. */
  | 'SID'
  /** Statuses. */
  | 'STATUS'
  /** Whether a mapping is of a trait. */
  | 'TRAIT'
  /** Addresses. */
  | 'URL'
  /** Values. */
  | 'VALUE';

/** What an import does with manual entries that the file does not contain. */
export type ImportMode =
  /** Keep them. */
  | 'MERGE'
  /** Remove them, so that the file holds all manual entries of the destination. */
  | 'REPLACE';

/** What a lookup found out. */
export type LookupStatus =
  /** The ID stands for several segments: for one as one kind of ID and for another as another kind, or several segments share the alias. `candidates` has all of them. */
  | 'AMBIGUOUS'
  /** The lookup failed, because of the key or the destination. `error` says why. */
  | 'FAILED'
  /** The segment is known. */
  | 'FOUND'
  /** It is not among what is known, and Audience Manager could not be asked since. Try again later. */
  | 'UNCHECKED'
  /** There is no such segment: the destination was read completely and recently, without it. */
  | 'UNKNOWN';

/** Where name, description and status of a segment come from. */
export type MetadataSource =
  /** Audience Manager's REST API. */
  | 'AUDIENCE_MANAGER'
  /** A manual entry, for example from a file that the customer sent. */
  | 'MANUAL';

/** The order of a list of changes. */
export type RevisionOrder =
  /** The latest change first, for people who want to see what happened lately. */
  | 'NEWEST_FIRST'
  /** In the order in which the changes were stored, for jobs that poll. Nothing is ever inserted before a cursor, so that `after` with the last `endCursor` returns exactly what came since. */
  | 'OLDEST_FIRST';

/** As what the ID of a segment is to be understood. Which kind data carry depends on the destination. */
export type SegmentIdType =
  /** The key or text that the customer typed for the segment (traitAlias in the Audience Manager API). */
  | 'ALIAS'
  /** Whichever kind it is: the ID is tried as each kind that the type of destination can send. If that finds different segments, the ID is ambiguous, and none of them is returned. */
  | 'AUTO'
  /** Key and value of a cookie destination with several keys: traitAlias, the destination's keySeparator and valueAlias, such as `type=123`. */
  | 'KEY_VALUE'
  /** The ID of the mapping between segment and destination (destinationMappingId, mappingId or traitToDataOrderId in the Audience Manager API). */
  | 'MAPPING_ID'
  /** The segment's own ID in the customer's Audience Manager account (sid in the Audience Manager API). */
  | 'SID'
  /** The address that a URL destination calls, if it is not serialized (url or secureUrl in the Audience Manager API). Macros in it match any text. */
  | 'URL'
  /** The value of a cookie destination (valueAlias in the Audience Manager API). */
  | 'VALUE';

/** Identifies a segment of a destination of a customer. */
export type SegmentKey = {
  /** The customer's ID in this gateway. May be left out if the caller may see only one destination with this ID. */
  customerId?: InputMaybe<Scalars['ID']['input']>;
  /** The destination's ID in Audience Manager. */
  destinationId: Scalars['ID']['input'];
  /** As what `segmentId` is to be understood. Default: the destination's `segmentIdType`. */
  idType?: InputMaybe<SegmentIdType>;
  /** The segment ID, as it appears in the data. */
  segmentId: Scalars['ID']['input'];
};

/** The kind of change of a segment. */
export type SegmentRevisionKind =
  /** The gateway saw the segment for the first time. */
  | 'CREATED'
  /** The description changed. */
  | 'DESCRIBED'
  /** The segment was deleted, or the list of mappings no longer contains it. */
  | 'REMOVED'
  /** The name changed. */
  | 'RENAMED'
  /** The segment is mapped again after it was DELETED. */
  | 'RESTORED'
  /** The status changed, but not to or from DELETED. */
  | 'STATUS_CHANGED';

/** Whether a segment is being sent to its destination. */
export type SegmentStatus =
  /** The segment is mapped to the destination and is being sent. */
  | 'ACTIVE'
  /** The segment is no longer mapped: it was deleted in Audience Manager, or the list of mappings no longer contains it. The name is kept for reports on older data. */
  | 'DELETED'
  /** The segment is mapped to the destination, but is not being sent now. */
  | 'INACTIVE'
  /** Audience Manager returned a status that this gateway does not know. */
  | 'UNKNOWN';

/** State of the synchronization of a destination with Audience Manager. */
export type SyncStatus =
  /** The last attempt to fetch it failed. Data from earlier attempts is still served. */
  | 'FAILING'
  /** The data is younger than the configured time to live. */
  | 'FRESH'
  /** No access to the Audience Manager account is configured for the customer. All data comes from manual entries. */
  | 'MANUAL'
  /** Not fetched yet. The first lookup or the next scheduled refresh fetches it. */
  | 'NEVER'
  /** The data is older than the configured time to live. The next lookup refreshes it in the background. */
  | 'STALE';

export type ToolSegmentFragment = { label: string, name: string | null, description: string | null, status: SegmentStatus, sid: string | null, mappingId: string | null, alias: string | null, value: string | null, isTrait: boolean, source: MetadataSource, stale: boolean, asOf: string, customer: { id: string, name: string }, destination: { destinationId: string, name: string | null } };

export type ToolUnreadFragment = { destinationId: string, customer: { id: string }, sync: { status: SyncStatus, lastError: { code: string, message: string } | null } };

export type ToolChangesFragment = { destinationId: string, name: string | null, customer: { id: string, name: string }, changes: { completeSince: string | null, edges: Array<{ cursor: string, node: { at: string, kind: SegmentRevisionKind, segmentId: string, name: string | null, description: string | null, status: SegmentStatus, source: MetadataSource, by: string | null } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type LookUpInDestinationQueryVariables = Exact<{
  keys: Array<SegmentKey> | SegmentKey;
}>;


export type LookUpInDestinationQuery = { lookupSegments: Array<{ segmentId: string, status: LookupStatus, idType: SegmentIdType | null, segment: { label: string, name: string | null, description: string | null, status: SegmentStatus, sid: string | null, mappingId: string | null, alias: string | null, value: string | null, isTrait: boolean, source: MetadataSource, stale: boolean, asOf: string, customer: { id: string, name: string }, destination: { destinationId: string, name: string | null } } | null, candidates: Array<{ label: string, name: string | null, description: string | null, status: SegmentStatus, sid: string | null, mappingId: string | null, alias: string | null, value: string | null, isTrait: boolean, source: MetadataSource, stale: boolean, asOf: string, customer: { id: string, name: string }, destination: { destinationId: string, name: string | null } }>, error: { code: string, message: string } | null }> | null };

export type LookUpEverywhereQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  segmentIds: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  matches: Scalars['Int']['input'];
}>;


export type LookUpEverywhereQuery = { findSegments: { results: Array<{ segmentId: string, segmentCount: number, matchCount: number, matches: Array<{ idType: SegmentIdType, segment: { label: string, name: string | null, description: string | null, status: SegmentStatus, sid: string | null, mappingId: string | null, alias: string | null, value: string | null, isTrait: boolean, source: MetadataSource, stale: boolean, asOf: string, customer: { id: string, name: string }, destination: { destinationId: string, name: string | null } } }>, error: { code: string, message: string } | null }>, unread: Array<{ destinationId: string, customer: { id: string }, sync: { status: SyncStatus, lastError: { code: string, message: string } | null } }> } | null };

export type SearchForAssistantQueryVariables = Exact<{
  text: Scalars['String']['input'];
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Array<SegmentStatus> | SegmentStatus>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SearchForAssistantQuery = { searchSegments: { totalCount: number, edges: Array<{ cursor: string, node: { label: string, name: string | null, description: string | null, status: SegmentStatus, sid: string | null, mappingId: string | null, alias: string | null, value: string | null, isTrait: boolean, source: MetadataSource, stale: boolean, asOf: string, customer: { id: string, name: string }, destination: { destinationId: string, name: string | null } } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean }, unread: Array<{ destinationId: string, customer: { id: string }, sync: { status: SyncStatus, lastError: { code: string, message: string } | null } }> } | null };

export type ListDestinationsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ListDestinationsQuery = { destinations: { totalCount: number, edges: Array<{ cursor: string, node: { destinationId: string, name: string | null, description: string | null, type: DestinationType, active: boolean | null, segmentIdType: SegmentIdType, customer: { id: string, name: string }, sync: { status: SyncStatus, segmentCount: number, lastSuccessAt: string | null, lastError: { at: string, code: string, message: string } | null } } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type ChangesOfDestinationQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  since: Scalars['DateTime']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ChangesOfDestinationQuery = { destination: { destinationId: string, name: string | null, customer: { id: string, name: string }, changes: { completeSince: string | null, edges: Array<{ cursor: string, node: { at: string, kind: SegmentRevisionKind, segmentId: string, name: string | null, description: string | null, status: SegmentStatus, source: MetadataSource, by: string | null } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null } | null };

export type ChangesOfDestinationsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinations: Scalars['Int']['input'];
  afterDestination?: InputMaybe<Scalars['String']['input']>;
  since: Scalars['DateTime']['input'];
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type ChangesOfDestinationsQuery = { destinations: { nodes: Array<{ destinationId: string, name: string | null, customer: { id: string, name: string }, changes: { completeSince: string | null, edges: Array<{ cursor: string, node: { at: string, kind: SegmentRevisionKind, segmentId: string, name: string | null, description: string | null, status: SegmentStatus, source: MetadataSource, by: string | null } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };
