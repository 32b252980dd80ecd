import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** A company whose Audience Manager account sends segments to us. */
export type Customer = Node & {
  /** A destination of the customer; null if the customer has no such destination. */
  destination?: Maybe<Destination>;
  /** All destinations of the customer. */
  destinations: Array<Destination>;
  /** The ID that the configuration of the gateway gives it. It is also its ID among all objects. */
  id: Scalars['ID']['output'];
  /** The display name. */
  name: Scalars['String']['output'];
};


/** A company whose Audience Manager account sends segments to us. */
export type CustomerDestinationArgs = {
  destinationId: Scalars['ID']['input'];
};

/** A page of a list of customers, sorted by name, then ID. */
export type CustomerConnection = {
  /** The customers on this page, with their cursors. */
  edges: Array<CustomerEdge>;
  /** The customers on this page. */
  nodes: Array<Customer>;
  /** The position of this page in the list. */
  pageInfo: PageInfo;
  /** Number of customers in the whole list. */
  totalCount: Scalars['Int']['output'];
};

/** A customer in a list, with its cursor. */
export type CustomerEdge = {
  /** Pass this as `after` to get the items that follow this one. */
  cursor: Scalars['String']['output'];
  /** The customer. */
  node: Customer;
};

/** The changes of the segments of a destination on one day, by the time in UTC. */
export type DayOfChanges = {
  /** Number of segments that the gateway saw for the first time. */
  created: Scalars['Int']['output'];
  /** The day. */
  date: Scalars['Date']['output'];
  /** Number of changes of a description. */
  described: Scalars['Int']['output'];
  /** Whether all changes of the day are kept. False for days before the history is complete, whose numbers are too low. */
  isComplete: Scalars['Boolean']['output'];
  /** Number of segments that were deleted, or that the list of mappings no longer contained. */
  removed: Scalars['Int']['output'];
  /** Number of changes of a name. */
  renamed: Scalars['Int']['output'];
  /** Number of segments that were mapped again after they were DELETED. */
  restored: Scalars['Int']['output'];
  /** Number of segments that were not DELETED at the end of the day, or now, if it is today. Counted backwards from now; null for days whose following changes are not all kept. */
  segmentCount?: Maybe<Scalars['Int']['output']>;
  /** Number of changes of a status, but not to or from DELETED. */
  statusChanged: Scalars['Int']['output'];
  /** Number of all changes of the day. */
  total: Scalars['Int']['output'];
};

/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type Destination = Node & {
  /** Whether it is active in Audience Manager; null if that is not known. */
  active?: Maybe<Scalars['Boolean']['output']>;
  /** The changes of segments since a time, newest first unless `order` says otherwise. A job that polls asks with OLDEST_FIRST for what follows the last `endCursor`, and misses nothing. Null, with an error, if the gateway's database does not answer. */
  changes?: Maybe<SegmentRevisionConnection>;
  /** The changes of segments on each of the last days, oldest first; today (in UTC) is the last one. Null, with an error, if the gateway's database does not answer. */
  changesByDay?: Maybe<Array<DayOfChanges>>;
  /** The customer that owns this destination. */
  customer: Customer;
  /** The ID of the customer that owns this destination. */
  customerId: Scalars['ID']['output'];
  /** The description in Audience Manager; null if it has none or is not known. */
  description?: Maybe<Scalars['String']['output']>;
  /** The destination's ID in Audience Manager, unique within the customer. */
  destinationId: Scalars['ID']['output'];
  /** Identifies the destination among all objects. Opaque. */
  id: Scalars['ID']['output'];
  /** What the IDs that were asked for under AUTO turned out to be. */
  idEvidence: IdEvidence;
  /** The name in the configuration, else in Audience Manager; null if neither has one. */
  name?: Maybe<Scalars['String']['output']>;
  /** The segment with this ID; null if the destination has no such segment. An ID that stands for several segments is an AMBIGUOUS_ID error. */
  segment?: Maybe<Segment>;
  /** As what IDs are understood when a lookup has no `idType`, as configured. */
  segmentIdType: SegmentIdType;
  /** All segments, sorted by name, then ID. Null, with an error, if the destination cannot be read. */
  segments?: Maybe<SegmentConnection>;
  /** The segments with these IDs, in the order of `segmentIds`; null for each ID without a segment. An ID that stands for several segments is null and has an AMBIGUOUS_ID error with its path. */
  segmentsById?: Maybe<Array<Maybe<Segment>>>;
  /** How current the data of this destination is, and when it is fetched next. Includes what the lookups of the same request have caused. */
  sync: SyncState;
  /** How Audience Manager delivers segments to it. */
  type: DestinationType;
};


/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type DestinationChangesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  order?: InputMaybe<RevisionOrder>;
  since: Scalars['DateTime']['input'];
};


/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type DestinationChangesByDayArgs = {
  days?: Scalars['Int']['input'];
};


/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type DestinationSegmentArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  idType?: InputMaybe<SegmentIdType>;
  segmentId: Scalars['ID']['input'];
};


/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type DestinationSegmentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
  source?: InputMaybe<MetadataSource>;
  status?: InputMaybe<Array<SegmentStatus>>;
};


/** One integration of one customer: the Audience Manager object through which its segments reach us. */
export type DestinationSegmentsByIdArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  idType?: InputMaybe<SegmentIdType>;
  segmentIds: Array<Scalars['ID']['input']>;
};

/** A page of a list of destinations, sorted by name, then customer and ID. */
export type DestinationConnection = {
  /** The destinations on this page, with their cursors. */
  edges: Array<DestinationEdge>;
  /** The destinations on this page. */
  nodes: Array<Destination>;
  /** The position of this page in the list. */
  pageInfo: PageInfo;
  /** Number of destinations by status, as the list would be without the argument `status`. One for each status, also where there is none. */
  statusCounts: Array<SyncStatusCount>;
  /** Number of destinations in the whole list. */
  totalCount: Scalars['Int']['output'];
};

/** A destination in a list, with its cursor. */
export type DestinationEdge = {
  /** Pass this as `after` to get the items that follow this one. */
  cursor: Scalars['String']['output'];
  /** The destination. */
  node: Destination;
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

/** This gateway, as a client has to know it. */
export type Gateway = {
  /** Whether callers need an API key or a token. Without access control everybody may do everything. */
  hasAccessControl: Scalars['Boolean']['output'];
  /** Maximum size of a file for `POST /import`, in bytes. */
  maxFileBytes: Scalars['Int']['output'];
  /** Maximum of `first`: number of items on a page. */
  maxFirst: Scalars['Int']['output'];
  /** Maximum number of IDs that one request may look up. */
  maxIds: Scalars['Int']['output'];
  /** The version of the program, such as `1.4.0`. */
  version: Scalars['String']['output'];
};

/** Number of lookups whose ID was of one kind. */
export type IdCount = {
  /** Number of lookups. */
  count: Scalars['Int']['output'];
  /** The kind as which the ID was found. AUTO: it only has a manual entry, whose kind nobody stated. */
  idType: SegmentIdType;
};

/** What the IDs of a destination turned out to be, counted over all lookups under AUTO since this gateway started. */
export type IdEvidence = {
  /** Number of lookups whose ID was ambiguous. */
  ambiguous: Scalars['Int']['output'];
  /** The lookups that found a segment, by the kind of their ID. */
  counts: Array<IdCount>;
  /** What to configure as the destination's `segmentIdType`; null while the evidence is not clear. */
  suggestion?: Maybe<SegmentIdType>;
  /** Number of lookups that found no segment. */
  unknown: Scalars['Int']['output'];
};

/** An import of a customer's file, as it was stored. */
export type Import = {
  /** When its changes were stored. */
  at: Scalars['DateTime']['output'];
  /** The caller or person who imported the file. */
  by: Scalars['String']['output'];
  /** What the import did. */
  counts: ImportCounts;
  /** The destination whose segments were imported. */
  destination: Destination;
  /** What the file is called; null if nobody said it. */
  fileName?: Maybe<Scalars['String']['output']>;
  /** Identifies the import. Pass it to `undoImport`, or to `aam-gateway undo`, to take it back. */
  id: Scalars['ID']['output'];
  /** What was done with manual entries that the file does not contain. */
  mode: ImportMode;
  /** When it was taken back, at least in part, the last time; null if it was not. */
  undoneAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who took it back; null if nobody did. */
  undoneBy?: Maybe<Scalars['String']['output']>;
};

/** What an import changes of one segment. */
export type ImportChange = {
  /** The metadata before; null for a segment that the import creates. */
  from?: Maybe<SegmentMetadata>;
  /** What happens to the segment. */
  kind: ImportChangeKind;
  /** The line of the file, or the row of the sheet, that changes it; null for a segment that the file does not contain. */
  line?: Maybe<Scalars['Int']['output']>;
  /** The mapping ID of the segment; null for a segment that only has a manual entry under another identifier. */
  mappingId?: Maybe<Scalars['ID']['output']>;
  /** The mapping ID of the segment. For a segment that only has a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`. */
  segmentId: Scalars['ID']['output'];
  /** The metadata after the import. */
  to: SegmentMetadata;
};

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

/** A column of the file. */
export type ImportColumn = {
  /** What the header calls it. */
  title: Scalars['String']['output'];
  /** What it was taken for; null: it was not used. */
  use?: Maybe<ImportColumnUse>;
};

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

/** A page of a list of imports, newest first. */
export type ImportConnection = {
  /** The imports on this page, with their cursors. */
  edges: Array<ImportEdge>;
  /** The imports on this page. */
  nodes: Array<Import>;
  /** The position of this page in the list. */
  pageInfo: PageInfo;
  /** Number of imports in the whole list. */
  totalCount: Scalars['Int']['output'];
};

/** Number of rows and segments by what an import did with them. */
export type ImportCounts = {
  /** Number of new segments. */
  created: Scalars['Int']['output'];
  /** Number of segments that stayed as they were, because of a later change by hand. */
  kept: Scalars['Int']['output'];
  /** Number of rows that could not be imported. */
  rejected: Scalars['Int']['output'];
  /** Number of manual entries that were removed, in mode REPLACE. */
  removed: Scalars['Int']['output'];
  /** Number of segments whose name changed. */
  renamed: Scalars['Int']['output'];
  /** Number of rows that changed nothing. */
  unchanged: Scalars['Int']['output'];
  /** Number of segments whose description, status or source changed, but not the name. */
  updated: Scalars['Int']['output'];
};

/** An import in a list, with its cursor. */
export type ImportEdge = {
  /** Pass this as `after` to get the items that follow this one. */
  cursor: Scalars['String']['output'];
  /** The import. */
  node: Import;
};

/** A mistake in a row of the file. The row cannot be imported. */
export type ImportMistake = {
  /** Number of the line on which the row begins; the first line is 1. */
  line: Scalars['Int']['output'];
  /** What is wrong with the row, and how to correct it. */
  reason: Scalars['String']['output'];
};

/** What an import does with manual entries that the file does not contain. */
export type ImportMode =
  /** Keep them. */
  | 'MERGE'
  /** Remove them, so that the file holds all manual entries of the destination. */
  | 'REPLACE';

/** Result of an import; in a dry run, the result that the import would have. */
export type ImportResult = {
  /** Whether the changes were saved. False in a dry run, and if rows were rejected and `skipBad` was not set. */
  applied: Scalars['Boolean']['output'];
  /** What changes, in the order of the file; the first 1000. Empty for callers without the permission `read`. */
  changes: Array<ImportChange>;
  /** The columns of the file, in their order, and what each was taken for. */
  columns: Array<ImportColumn>;
  /** Number of new segments. */
  created: Scalars['Int']['output'];
  /** Names the import: pass it to `undoImport` to take it back. Null if the import was not applied. */
  importId?: Maybe<Scalars['ID']['output']>;
  /** Number of segments that stay as they are, because somebody changed them by hand after the import had begun. */
  kept: Scalars['Int']['output'];
  /** The mistakes in these rows; the first 1000. */
  mistakes: Array<ImportMistake>;
  /** What was done with the file as a whole, such as lines that were skipped. For people. */
  notes: Array<Scalars['String']['output']>;
  /** Number of rows that cannot be imported. */
  rejected: Scalars['Int']['output'];
  /** Number of manual entries that were removed, because the mode is REPLACE and the file does not contain them. */
  removed: Scalars['Int']['output'];
  /** Number of segments whose name changed. */
  renamed: Scalars['Int']['output'];
  /** The sheet that was read; null if the file is no workbook. */
  sheet?: Maybe<Scalars['String']['output']>;
  /** The visible sheets of the workbook; empty if the file is none. */
  sheets: Array<Scalars['String']['output']>;
  /** Number of rows that changed nothing. */
  unchanged: Scalars['Int']['output'];
  /** Number of segments whose description, status or source changed, but not the name. */
  updated: Scalars['Int']['output'];
  /** What is suspicious about other rows, and which rows were passed over; the first 1000. */
  warnings: Array<ImportWarning>;
};

/** Something suspicious about a row of the file, which does not keep the file from being imported. */
export type ImportWarning = {
  /** Number of the line on which the row begins; the first line is 1. */
  line: Scalars['Int']['output'];
  /** What is suspicious about the row, or what was not done because of it. */
  reason: Scalars['String']['output'];
};

/** A segment that stays as it is, although its import is taken back. */
export type KeptSegment = {
  /** Why it stays. */
  reason: Scalars['String']['output'];
  /** The segment now; null if it was removed. */
  segment?: Maybe<Segment>;
  /** The mapping ID of the segment. For a segment that only had a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`. */
  segmentId: Scalars['ID']['output'];
};

/** Why the lookup of a key failed. */
export type LookupError = {
  /** An error code of this API, such as NOT_FOUND or AAM_FORBIDDEN. */
  code: Scalars['String']['output'];
  /** Description of the error, for people. */
  message: Scalars['String']['output'];
};

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

/** All mutations of this API. */
export type Mutation = {
  /** Import names, descriptions and statuses from a CSV file that a customer sent, as manual entries. All rows are imported or none, unless `skipBad` is set. Manual entries take precedence over Audience Manager until they are removed. Needs the permission `import`. For callers without the permission `read`, the counts of what changed are 0 unless the import is applied, and a dry run only reports the mistakes of the file itself. */
  importSegments?: Maybe<ImportResult>;
  /** Remove a segment that is only known by hand, such as one with a mistyped ID, as if it had never been. Refused with BAD_USER_INPUT if Audience Manager has, or had, the segment. The list of changes keeps what was, and ends with a REMOVED one. Returns the segment as it was; null if there is no such segment. Needs the permissions `import` and `read`. */
  purgeSegment?: Maybe<Segment>;
  /** Fetch the destination's mappings from Audience Manager now, and wait for the result. Needs the permission `refresh`. */
  refreshDestination?: Maybe<Destination>;
  /** Set name, description or status of a segment by a manual entry. What is left out stays as it is; null takes away what was set by hand. Returns null if there is no such segment and nothing to set. An ID without `idType` whose kind the destination does not state is set for the one segment that has it, or kept as it is if there is none. Needs the permission `import`. For callers without the permission `read`, the result only contains what they sent, and is never null. */
  setSegment?: Maybe<Segment>;
  /** Take an import back, as one change: its segments become what they were before. Those that were changed by hand after the import stay as they are, and are listed. Segments that the import has created are removed, unless Audience Manager lists them by now. Called again, it takes back what stayed, as soon as nothing newer lies on that. Fails with NOT_FOUND if there is no such import, and with BAD_USER_INPUT if all of it was taken back already, or if all its segments, or all that stayed, were changed since. Needs the permission `import`. */
  undoImport?: Maybe<UndoResult>;
  /** Remove the manual entry of a segment, so that the metadata of Audience Manager applies again. A segment that Audience Manager does not have becomes DELETED. Returns null if there is no such segment. Needs the permission `import`. For callers without the permission `read`, the result only contains the ID, and is never null. */
  unsetSegment?: Maybe<Segment>;
};


/** All mutations of this API. */
export type MutationImportSegmentsArgs = {
  csv: Scalars['String']['input'];
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  fileName?: InputMaybe<Scalars['String']['input']>;
  force?: InputMaybe<Scalars['Boolean']['input']>;
  idColumn?: InputMaybe<Scalars['String']['input']>;
  idType?: InputMaybe<SegmentIdType>;
  mode?: InputMaybe<ImportMode>;
  nameColumn?: InputMaybe<Scalars['String']['input']>;
  skipBad?: InputMaybe<Scalars['Boolean']['input']>;
};


/** All mutations of this API. */
export type MutationPurgeSegmentArgs = {
  key: SegmentKey;
};


/** All mutations of this API. */
export type MutationRefreshDestinationArgs = {
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
};


/** All mutations of this API. */
export type MutationSetSegmentArgs = {
  description?: InputMaybe<Scalars['String']['input']>;
  key: SegmentKey;
  name?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<SegmentStatus>;
};


/** All mutations of this API. */
export type MutationUndoImportArgs = {
  id: Scalars['ID']['input'];
};


/** All mutations of this API. */
export type MutationUnsetSegmentArgs = {
  key: SegmentKey;
};

/** An object with an ID of its own, by which `node` finds it again. Caches of clients may go by this ID. */
export type Node = {
  /** Identifies the object among all objects of all types. Opaque: clients only compare it and pass it to `node`. It is the same after a restart and at every gateway with the same configuration. */
  id: Scalars['ID']['output'];
};

/** The position of a page in its list. */
export type PageInfo = {
  /** The cursor of the page's last item; null if the page is empty. Pass it as `after` to get the next page. An empty page of `changes` with OLDEST_FIRST has the `after` that was asked for, so that a job that polls can always go on from here. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether there are items after this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are items before this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first item; null if the page is empty. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** All queries of this API. */
export type Query = {
  /** The objects that a router of a federated graph refers to, in the order of `representations`; null for each without an object. One that cannot be read is null and has an error with its path; the others are not affected. */
  _entities: Array<Maybe<_Entity>>;
  /** This gateway as a part of a federated graph, for the composition of that graph. Refused where introspection is. */
  _service: _Service;
  /** A customer; null if it does not exist or the caller may not see it. */
  customer?: Maybe<Customer>;
  /** All customers that the caller may see, sorted by name, then ID. */
  customers?: Maybe<CustomerConnection>;
  /** A destination; null if it does not exist or the caller may not see it. */
  destination?: Maybe<Destination>;
  /** All destinations that the caller may see, sorted by name, then customer and ID. The name that counts is that of the configuration or, for customers whose destinations are discovered, of the list of their destinations; the others come last. So nothing moves because a name becomes known while the list is paged through. */
  destinations?: Maybe<DestinationConnection>;
  /** What these IDs are, where it is not known which destination they are from: looks into all destinations that the caller may see, and in each under its own rules (`segmentIdType`, AUTO). IDs are compared as a whole; use searchSegments for parts of them. An ID that is not known makes no destination be read again. What an ID is, is certain if `segmentCount` is 1 and `unread` is empty. */
  findSegments?: Maybe<SegmentFindings>;
  /** This gateway: its version and limits. */
  gateway: Gateway;
  /** An import of a customer's file; null if there is none with this ID, if it is older than the history that is kept, or if the caller may not see its destination. */
  import?: Maybe<Import>;
  /** The imports of customers' files, newest first, of all destinations that the caller may see. Imports that are older than the history that is kept are left out. */
  imports?: Maybe<ImportConnection>;
  /** Like `segmentsByKey`, with all that was found out: one result for each key, in the order of `keys`. Made for programs: what goes wrong with a key is in its result and not in `errors`. */
  lookupSegments?: Maybe<Array<SegmentLookup>>;
  /** The object with this ID; null if there is none, or none that the caller may see, or if the ID is not one of this API. */
  node?: Maybe<Node>;
  /** The objects with these IDs, in the order of `ids`; null for each ID without an object. An object that cannot be read is null and has an error with its path; the others are not affected. */
  nodes?: Maybe<Array<Maybe<Node>>>;
  /** Full-text search in name, description and identifiers of all segments that the caller may see. Segments that have the whole text as an identifier (mapping ID, sid, alias or value) come first, unless more than 1,000 have it; then all others. Both are sorted by name. Destinations that cannot be read are left out, see `unread`; if `destinationId` names only one destination, the search fails instead. */
  searchSegments?: Maybe<SegmentSearchConnection>;
  /** The segment with this ID; null if the destination has no such segment. An ID that stands for several segments is an AMBIGUOUS_ID error, whose message says what helps. */
  segment?: Maybe<Segment>;
  /** Segments of one destination by ID, in the order of `segmentIds`; null for each ID without a segment. An ID that stands for several segments is null and has an AMBIGUOUS_ID error with its path. */
  segments?: Maybe<Array<Maybe<Segment>>>;
  /** Segments of any customers and destinations by ID, in the order of `keys`; null for each key without a segment. A key that fails is null and has an error with its path; the other keys are not affected. */
  segmentsByKey?: Maybe<Array<Maybe<Segment>>>;
  /** The caller of this request. */
  viewer: Viewer;
};


/** All queries of this API. */
export type Query_EntitiesArgs = {
  representations: Array<Scalars['_Any']['input']>;
};


/** All queries of this API. */
export type QueryCustomerArgs = {
  id: Scalars['ID']['input'];
};


/** All queries of this API. */
export type QueryCustomersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
};


/** All queries of this API. */
export type QueryDestinationArgs = {
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
};


/** All queries of this API. */
export type QueryDestinationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  customerId?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
  search?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<Array<SyncStatus>>;
  type?: InputMaybe<Array<DestinationType>>;
};


/** All queries of this API. */
export type QueryFindSegmentsArgs = {
  customerId?: InputMaybe<Scalars['ID']['input']>;
  segmentIds: Array<Scalars['ID']['input']>;
  type?: InputMaybe<Array<DestinationType>>;
};


/** All queries of this API. */
export type QueryImportArgs = {
  id: Scalars['ID']['input'];
};


/** All queries of this API. */
export type QueryImportsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
};


/** All queries of this API. */
export type QueryLookupSegmentsArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  keys: Array<SegmentKey>;
};


/** All queries of this API. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** All queries of this API. */
export type QueryNodesArgs = {
  ids: Array<Scalars['ID']['input']>;
};


/** All queries of this API. */
export type QuerySearchSegmentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId?: InputMaybe<Scalars['ID']['input']>;
  first?: Scalars['Int']['input'];
  status?: InputMaybe<Array<SegmentStatus>>;
  text: Scalars['String']['input'];
  type?: InputMaybe<Array<DestinationType>>;
};


/** All queries of this API. */
export type QuerySegmentArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
  segmentId: Scalars['ID']['input'];
};


/** All queries of this API. */
export type QuerySegmentsArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
  segmentIds: Array<Scalars['ID']['input']>;
};


/** All queries of this API. */
export type QuerySegmentsByKeyArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  keys: Array<SegmentKey>;
};

/** The order of a list of changes. */
export type RevisionOrder =
  /** The latest change first, for people who want to see what happened lately. */
  | 'NEWEST_FIRST'
  /** In the order in which the changes were stored, for jobs that poll. Nothing is ever inserted before a cursor, so that `after` with the last `endCursor` returns exactly what came since. */
  | 'OLDEST_FIRST';

/** A segment as one destination receives it: its identifiers, its name and the rest of its metadata. */
export type Segment = Node & {
  /** The key or text that the customer typed for the segment (traitAlias in the Audience Manager API). In a cookie destination with several keys: the key. */
  alias?: Maybe<Scalars['String']['output']>;
  /** When this metadata was last confirmed by its source. */
  asOf: Scalars['DateTime']['output'];
  /** When the mapping was created in Audience Manager; null if that is not known. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** The customer that owns the segment. */
  customer: Customer;
  /** The description, from Audience Manager or from a manual entry; null if it has none. */
  description?: Maybe<Scalars['String']['output']>;
  /** The destination that receives the segment. */
  destination: Destination;
  /** The last day on which the segment is sent; null if it has no end date. */
  endDate?: Maybe<Scalars['Date']['output']>;
  /** Every change of the segment that this gateway detected, newest first. Null, with an error, if the gateway's database does not answer. */
  history?: Maybe<SegmentRevisionConnection>;
  /** Identifies the segment of this destination among all objects. Opaque. With `at`, each moment has another one. */
  id: Scalars['ID']['output'];
  /** Whether the mapping is of a trait instead of a segment. Then `sid` is the ID of the trait, and AUTO does not find it by this ID. */
  isTrait: Scalars['Boolean']['output'];
  /** Text to display: the name, else the alias, else the ID that was asked for, else the kind of ID that the destination's data have. */
  label: Scalars['String']['output'];
  /** What Audience Manager says, below what was given by hand; null if it never had the segment. With `at`: null also for what was given by hand, because the history does not have what was below. */
  listed?: Maybe<SegmentMetadata>;
  /** The ID of the mapping between segment and destination (destinationMappingId in the Audience Manager API), unique within the destination; null for a segment that only has a manual entry under another identifier. */
  mappingId?: Maybe<Scalars['ID']['output']>;
  /** The name, from Audience Manager or from a manual entry; null if it has none. */
  name?: Maybe<Scalars['String']['output']>;
  /** The address that a URL destination calls from secure pages, with macros (secureUrl in the Audience Manager API). */
  secureUrl?: Maybe<Scalars['String']['output']>;
  /** The segment's ID in the customer's Audience Manager account. */
  sid?: Maybe<Scalars['ID']['output']>;
  /** Where name, description and status come from. */
  source: MetadataSource;
  /** Whether the metadata is older than the configured time to live, by `asOf`. Always false for manual entries. With `at`: whether the data of the destination is. */
  stale: Scalars['Boolean']['output'];
  /** The first day on which the segment is sent; null if it has no start date. */
  startDate?: Maybe<Scalars['Date']['output']>;
  /** Whether the segment is being sent to the destination. */
  status: SegmentStatus;
  /** When the mapping was last changed in Audience Manager; null if that is not known. */
  updatedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The address that a URL destination calls, with macros (url in the Audience Manager API). */
  url?: Maybe<Scalars['String']['output']>;
  /** The value of a cookie destination (valueAlias in the Audience Manager API). */
  value?: Maybe<Scalars['String']['output']>;
};


/** A segment as one destination receives it: its identifiers, its name and the rest of its metadata. */
export type SegmentHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** A page of a list of segments, sorted by name, then ID. */
export type SegmentConnection = {
  /** The segments on this page, with their cursors. */
  edges: Array<SegmentEdge>;
  /** The segments on this page. */
  nodes: Array<Segment>;
  /** The position of this page in the list. */
  pageInfo: PageInfo;
  /** Number of segments in the whole list. */
  totalCount: Scalars['Int']['output'];
};

/** A segment in a list, with its cursor. */
export type SegmentEdge = {
  /** Pass this as `after` to get the items that follow this one. */
  cursor: Scalars['String']['output'];
  /** The segment. */
  node: Segment;
};

/** What an ID is, in all destinations that were looked into. */
export type SegmentFinding = {
  /** Why the ID was not looked for, such as BAD_USER_INPUT for one that is empty; null if it was. The other IDs are not affected. */
  error?: Maybe<LookupError>;
  /** Number of matches: one for each destination, and in it for each segment that has the ID. */
  matchCount: Scalars['Int']['output'];
  /** The first matches: one of each segment, then further ones of the same segments; in both, segments that are not deleted come first. No more than 100 can be had of an ID, and no more than 10 if very many IDs are asked for. */
  matches: Array<SegmentMatch>;
  /** Number of different segments that have the ID. The mappings of one customer with the same sid are one segment, in however many destinations they are. 0: none has it. 1, and `unread` is empty: this is it. 1, and there are destinations in `unread`: one of these may have another segment with the ID. More: the ID alone does not say which one is meant. */
  segmentCount: Scalars['Int']['output'];
  /** The segment ID, as it was asked for; at most its first 1,000 characters. */
  segmentId: Scalars['ID']['output'];
};


/** What an ID is, in all destinations that were looked into. */
export type SegmentFindingMatchesArgs = {
  first?: Scalars['Int']['input'];
};

/** What IDs are, in all destinations that were looked into. */
export type SegmentFindings = {
  /** One for each ID, in the order of `segmentIds`. */
  results: Array<SegmentFinding>;
  /** The destinations that could not be looked into for all IDs: because they or their details, on which the kinds of their IDs depend, were not read yet or cannot be read now, because the time of the request was too short, or because very many segments of them have an ID. A few first readings are waited for; the others go on behind the answer. Their `sync` says more. */
  unread: Array<Destination>;
};

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

/** What the lookup of one key found out. */
export type SegmentLookup = {
  /** The segments that the ID may stand for, if `status` is AMBIGUOUS; else none. */
  candidates: Array<Segment>;
  /** The customer's ID in this gateway, also where the key has none; null if there is no such destination. */
  customerId?: Maybe<Scalars['ID']['output']>;
  /** The destination's ID in Audience Manager, as in the key; at most its first 1,000 characters. */
  destinationId: Scalars['ID']['output'];
  /** Why the lookup failed; null unless `status` is FAILED. */
  error?: Maybe<LookupError>;
  /** As what the ID was found; AUTO for a segment that only has a manual entry, whose kind nobody stated; null if it was not found. */
  idType?: Maybe<SegmentIdType>;
  /** The segment; null unless `status` is FOUND. */
  segment?: Maybe<Segment>;
  /** The segment ID, as in the key; at most its first 1,000 characters. */
  segmentId: Scalars['ID']['output'];
  /** What the lookup found out. */
  status: LookupStatus;
};

/** A segment that has an ID, in one destination. */
export type SegmentMatch = {
  /** As what the ID was found; AUTO for a segment that only has a manual entry, whose kind nobody stated. */
  idType: SegmentIdType;
  /** The segment, with its destination and customer. */
  segment: Segment;
};

/** Name, description and status of a segment, by one source or at one moment. */
export type SegmentMetadata = {
  /** The description; null if it has none. */
  description?: Maybe<Scalars['String']['output']>;
  /** The name; null if it has none. */
  name?: Maybe<Scalars['String']['output']>;
  /** The status. */
  status: SegmentStatus;
};

/** A segment as the data of others name it. In a federated graph, the rows of other subgraphs refer to segments with it. */
export type SegmentReference = {
  /** The customer's ID in this gateway. */
  customerId: Scalars['ID']['output'];
  /** The destination's ID in Audience Manager. */
  destinationId: Scalars['ID']['output'];
  /** The segment; null if the destination has no such segment. What goes wrong with one reference is null and has an error with its path; the others are not affected. */
  segment?: Maybe<Segment>;
  /** The segment ID, as it appears in the data. */
  segmentId: Scalars['ID']['output'];
};


/** A segment as the data of others name it. In a federated graph, the rows of other subgraphs refer to segments with it. */
export type SegmentReferenceSegmentArgs = {
  at?: InputMaybe<Scalars['DateTime']['input']>;
  idType?: InputMaybe<SegmentIdType>;
};

/** A change of a segment, with its metadata after the change. */
export type SegmentRevision = Node & {
  /** When this gateway detected the change. */
  at: Scalars['DateTime']['output'];
  /** The caller or person who made a manual change; null for changes from Audience Manager. */
  by?: Maybe<Scalars['String']['output']>;
  /** The description after the change. */
  description?: Maybe<Scalars['String']['output']>;
  /** Identifies the change among all objects. Opaque. */
  id: Scalars['ID']['output'];
  /** What changed. */
  kind: SegmentRevisionKind;
  /** The name after the change. */
  name?: Maybe<Scalars['String']['output']>;
  /** The mapping ID of the segment that changed. For a segment that only has a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`. */
  segmentId: Scalars['ID']['output'];
  /** Where name, description and status came from after the change. */
  source: MetadataSource;
  /** The status after the change. */
  status: SegmentStatus;
};

/** A page of a history, newest change first unless another order was asked for. */
export type SegmentRevisionConnection = {
  /** From when on all changes of the destination are kept. Of what was before, only the last change of each segment is kept. Null: nothing was ever removed. */
  completeSince?: Maybe<Scalars['DateTime']['output']>;
  /** The changes on this page, with their cursors. */
  edges: Array<SegmentRevisionEdge>;
  /** The changes on this page. */
  nodes: Array<SegmentRevision>;
  /** The position of this page in the history. */
  pageInfo: PageInfo;
  /** Number of changes in the whole history. */
  totalCount: Scalars['Int']['output'];
};

/** A change in a history, with its cursor. */
export type SegmentRevisionEdge = {
  /** Pass this as `after` to get the items that follow this one. */
  cursor: Scalars['String']['output'];
  /** The change. */
  node: SegmentRevision;
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

/** A page of the segments that a search found: those first that have the whole text as an identifier, each sorted by name, then ID. */
export type SegmentSearchConnection = {
  /** The segments on this page, with their cursors. */
  edges: Array<SegmentEdge>;
  /** The segments on this page. */
  nodes: Array<Segment>;
  /** The position of this page in the list. */
  pageInfo: PageInfo;
  /** Number of segments in the whole list. */
  totalCount: Scalars['Int']['output'];
  /** The destinations that could not be searched, because they were not read yet, or cannot be read now. A search waits for a few first readings only; the others go on behind it. Their `sync` says more. */
  unread: Array<Destination>;
};

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

/** The error of the last attempt to fetch a destination. */
export type SyncError = {
  /** When the error occurred. */
  at: Scalars['DateTime']['output'];
  /** An error code of this API, such as AAM_FORBIDDEN. */
  code: Scalars['String']['output'];
  /** Description of the error, for people. */
  message: Scalars['String']['output'];
};

/** State of the synchronization of a destination with Audience Manager. */
export type SyncState = {
  /** When the last attempt to fetch the destination started; null: never. */
  lastAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why the last attempt failed; null if it succeeded. */
  lastError?: Maybe<SyncError>;
  /** When the destination was last fetched completely; null: never. */
  lastSuccessAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the next scheduled refresh is due; null if there is no schedule. */
  nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** Number of known segments, including deleted ones. */
  segmentCount: Scalars['Int']['output'];
  /** Summary of the state. */
  status: SyncStatus;
};

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

/** Number of destinations with one status. */
export type SyncStatusCount = {
  /** Number of destinations. */
  count: Scalars['Int']['output'];
  /** The status. */
  status: SyncStatus;
};

/** What taking an import back has done. */
export type UndoResult = {
  /** The import, which is marked as taken back. */
  import: Import;
  /** These segments; the first 1000. Empty for callers without the permission `read`. */
  kept: Array<KeptSegment>;
  /** Number of segments that stay as they are, because they were changed after the import. */
  keptCount: Scalars['Int']['output'];
  /** Number of segments that are as they were before the import. */
  restored: Scalars['Int']['output'];
};

/** The caller, as the gateway knows it by its API key or token. */
export type Viewer = {
  /** Number of customers that the caller may see. */
  customerCount: Scalars['Int']['output'];
  /** The name of the API key or token, as the gateway logs it; `anyone` if access control is not configured. */
  name: Scalars['String']['output'];
  /** What the caller may do: some of `read`, `refresh`, `import`, `metrics` and `explore`. */
  permissions: Array<Scalars['String']['output']>;
};

/** An object that a router of a federated graph can ask for by a key of its type. */
export type _Entity = Customer | Destination | Segment | SegmentReference;

/** This gateway as a part of a federated graph. */
export type _Service = {
  /** The schema with the directives of Apollo Federation, as `aam-gateway schema --federation` prints it. */
  sdl: Scalars['String']['output'];
};

export type SegmentFieldsFragment = { mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean };

export type SegmentQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentId: Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
}>;


export type SegmentQuery = { segment?: { mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean, destination: { destinationId: string, name?: string | null, type: DestinationType }, customer: { id: string, name: string } } | null };

export type SegmentsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentIds: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
}>;


export type SegmentsQuery = { segments?: Array<{ mappingId?: string | null, label: string, status: SegmentStatus, stale: boolean } | null> | null };

export type SegmentsByKeyQueryVariables = Exact<{
  keys: Array<SegmentKey> | SegmentKey;
  at?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type SegmentsByKeyQuery = { segmentsByKey?: Array<{ mappingId?: string | null, label: string, destination: { destinationId: string }, customer: { id: string } } | null> | null };

export type SearchSegmentsQueryVariables = Exact<{
  text: Scalars['String']['input'];
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId?: InputMaybe<Scalars['ID']['input']>;
  status?: InputMaybe<Array<SegmentStatus> | SegmentStatus>;
  first?: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SearchSegmentsQuery = { searchSegments?: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ cursor: string, node: { mappingId?: string | null } }>, nodes: Array<{ mappingId?: string | null, label: string, status: SegmentStatus, destination: { destinationId: string }, customer: { id: string } }> } | null };

export type CustomersQueryVariables = Exact<{
  first?: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
}>;


export type CustomersQuery = { customers?: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ cursor: string, node: { id: string } }>, nodes: Array<{ id: string, name: string, destinations: Array<{ destinationId: string, name?: string | null, segmentIdType: SegmentIdType, sync: { status: SyncStatus, segmentCount: number } }> }> } | null };

export type CustomerQueryVariables = Exact<{
  id: Scalars['ID']['input'];
  destinationId: Scalars['ID']['input'];
}>;


export type CustomerQuery = { customer?: { id: string, name: string, destination?: { destinationId: string } | null } | null };

export type DestinationFieldsFragment = { destinationId: string, name?: string | null, description?: string | null, type: DestinationType, active?: boolean | null, segmentIdType: SegmentIdType, customer: { id: string }, sync: { status: SyncStatus, segmentCount: number, lastSuccessAt?: string | null, lastAttemptAt?: string | null, nextAttemptAt?: string | null, lastError?: { code: string, message: string, at: string } | null } };

export type DestinationQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
}>;


export type DestinationQuery = { destination?: { destinationId: string, name?: string | null, description?: string | null, type: DestinationType, active?: boolean | null, segmentIdType: SegmentIdType, customer: { id: string }, sync: { status: SyncStatus, segmentCount: number, lastSuccessAt?: string | null, lastAttemptAt?: string | null, nextAttemptAt?: string | null, lastError?: { code: string, message: string, at: string } | null } } | null };

export type DestinationSegmentsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  status?: InputMaybe<Array<SegmentStatus> | SegmentStatus>;
  search?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type DestinationSegmentsQuery = { destination?: { segments?: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, nodes: Array<{ mappingId?: string | null, label: string }> } | null } | null };

export type DestinationLookupsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentId: Scalars['ID']['input'];
  segmentIds: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
}>;


export type DestinationLookupsQuery = { destination?: { segment?: { label: string } | null, segmentsById?: Array<{ label: string } | null> | null } | null };

export type RefreshDestinationMutationVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
}>;


export type RefreshDestinationMutation = { refreshDestination?: { destinationId: string, name?: string | null, description?: string | null, type: DestinationType, active?: boolean | null, segmentIdType: SegmentIdType, customer: { id: string }, sync: { status: SyncStatus, segmentCount: number, lastSuccessAt?: string | null, lastAttemptAt?: string | null, nextAttemptAt?: string | null, lastError?: { code: string, message: string, at: string } | null } } | null };

export type RevisionFieldsFragment = { segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null };

export type SegmentHistoryQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentId: Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
  first?: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type SegmentHistoryQuery = { segment?: { mappingId?: string | null, history?: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor?: string | null, endCursor?: string | null }, edges: Array<{ cursor: string }>, nodes: Array<{ segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null }> } | null } | null };

export type DestinationChangesQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  since: Scalars['DateTime']['input'];
  first?: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type DestinationChangesQuery = { destination?: { changes?: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, endCursor?: string | null }, nodes: Array<{ segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null }> } | null } | null };

export type SegmentsAtQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentIds: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
  at?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type SegmentsAtQuery = { segments?: Array<{ mappingId?: string | null, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, asOf: string } | null> | null, destination?: { segmentsById?: Array<{ mappingId?: string | null, name?: string | null, status: SegmentStatus } | null> | null } | null };

export type SegmentAtQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentId: Scalars['ID']['input'];
  at?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type SegmentAtQuery = { segment?: { name?: string | null, status: SegmentStatus } | null };

export type SetSegmentMutationVariables = Exact<{
  key: SegmentKey;
  name?: InputMaybe<Scalars['String']['input']>;
  description?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<SegmentStatus>;
}>;


export type SetSegmentMutation = { setSegment?: { mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean } | null };

export type UnsetSegmentMutationVariables = Exact<{
  key: SegmentKey;
}>;


export type UnsetSegmentMutation = { unsetSegment?: { mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean } | null };

export type ImportSegmentsMutationVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  csv: Scalars['String']['input'];
  mode?: InputMaybe<ImportMode>;
  dryRun?: InputMaybe<Scalars['Boolean']['input']>;
  skipBad?: InputMaybe<Scalars['Boolean']['input']>;
}>;


export type ImportSegmentsMutation = { importSegments?: { applied: boolean, created: number, renamed: number, updated: number, unchanged: number, removed: number, rejected: number, mistakes: Array<{ line: number, reason: string }> } | null };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, permissions: Array<string>, customerCount: number } };

type NodeFields_Customer_Fragment = { __typename: 'Customer', id: string, customerName: string };

type NodeFields_Destination_Fragment = { __typename: 'Destination', destinationId: string, id: string, destinationName?: string | null };

type NodeFields_Segment_Fragment = { __typename: 'Segment', value?: string | null, url?: string | null, secureUrl?: string | null, isTrait: boolean, id: string, mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean, customer: { id: string }, destination: { id: string, destinationId: string } };

type NodeFields_SegmentRevision_Fragment = { __typename: 'SegmentRevision', id: string, segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null };

export type NodeFieldsFragment =
  | NodeFields_Customer_Fragment
  | NodeFields_Destination_Fragment
  | NodeFields_Segment_Fragment
  | NodeFields_SegmentRevision_Fragment
;

export type NodeQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type NodeQuery = { node?:
    | { __typename: 'Customer', id: string, customerName: string }
    | { __typename: 'Destination', destinationId: string, id: string, destinationName?: string | null }
    | { __typename: 'Segment', value?: string | null, url?: string | null, secureUrl?: string | null, isTrait: boolean, id: string, mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean, customer: { id: string }, destination: { id: string, destinationId: string } }
    | { __typename: 'SegmentRevision', id: string, segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null }
   | null };

export type NodesQueryVariables = Exact<{
  ids: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
}>;


export type NodesQuery = { nodes?: Array<
    | { __typename: 'Customer', id: string, customerName: string }
    | { __typename: 'Destination', destinationId: string, id: string, destinationName?: string | null }
    | { __typename: 'Segment', value?: string | null, url?: string | null, secureUrl?: string | null, isTrait: boolean, id: string, mappingId?: string | null, sid?: string | null, alias?: string | null, name?: string | null, label: string, description?: string | null, status: SegmentStatus, startDate?: string | null, endDate?: string | null, createdAt?: string | null, updatedAt?: string | null, source: MetadataSource, asOf: string, stale: boolean, customer: { id: string }, destination: { id: string, destinationId: string } }
    | { __typename: 'SegmentRevision', id: string, segmentId: string, at: string, kind: SegmentRevisionKind, name?: string | null, description?: string | null, status: SegmentStatus, source: MetadataSource, by?: string | null }
   | null> | null };

export type GlobalIdsQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
  segmentIds: Array<Scalars['ID']['input']> | Scalars['ID']['input'];
  idType?: InputMaybe<SegmentIdType>;
  at?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type GlobalIdsQuery = { segments?: Array<{ id: string, mappingId?: string | null, label: string, destination: { id: string }, history?: { nodes: Array<{ id: string }> } | null } | null> | null };

export type LookupSegmentsQueryVariables = Exact<{
  keys: Array<SegmentKey> | SegmentKey;
  at?: InputMaybe<Scalars['DateTime']['input']>;
}>;


export type LookupSegmentsQuery = { lookupSegments?: Array<{ customerId?: string | null, destinationId: string, segmentId: string, status: LookupStatus, idType?: SegmentIdType | null, segment?: { mappingId?: string | null, label: string } | null, candidates: Array<{ mappingId?: string | null, sid?: string | null, label: string }>, error?: { code: string, message: string } | null }> | null };

export type UnreadDestinationsQueryVariables = Exact<{
  text: Scalars['String']['input'];
}>;


export type UnreadDestinationsQuery = { searchSegments?: { totalCount: number, unread: Array<{ destinationId: string, customer: { id: string }, sync: { lastError?: { code: string } | null } }> } | null };

export type IdEvidenceQueryVariables = Exact<{
  customerId?: InputMaybe<Scalars['ID']['input']>;
  destinationId: Scalars['ID']['input'];
}>;


export type IdEvidenceQuery = { destination?: { segmentIdType: SegmentIdType, idEvidence: { ambiguous: number, unknown: number, suggestion?: SegmentIdType | null, counts: Array<{ idType: SegmentIdType, count: number }> } } | null };

export const DestinationFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DestinationFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"segmentIdType"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sync"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"segmentCount"}},{"kind":"Field","name":{"kind":"Name","value":"lastSuccessAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]}}]} as unknown as DocumentNode<DestinationFieldsFragment, unknown>;
export const SegmentFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}}]} as unknown as DocumentNode<SegmentFieldsFragment, unknown>;
export const RevisionFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}}]} as unknown as DocumentNode<RevisionFieldsFragment, unknown>;
export const NodeFieldsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"NodeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Node"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"customerName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","alias":{"kind":"Name","value":"destinationName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"secureUrl"}},{"kind":"Field","name":{"kind":"Name","value":"isTrait"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RevisionFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}}]} as unknown as DocumentNode<NodeFieldsFragment, unknown>;
export const SegmentDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Segment"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idType"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentIdType"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}}]} as unknown as DocumentNode<SegmentQuery, SegmentQueryVariables>;
export const SegmentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Segments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idType"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentIdType"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}}]}}]} as unknown as DocumentNode<SegmentsQuery, SegmentsQueryVariables>;
export const SegmentsByKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SegmentsByKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keys"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentKey"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"at"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentsByKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"keys"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keys"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]} as unknown as DocumentNode<SegmentsByKeyQuery, SegmentsByKeyQueryVariables>;
export const SearchSegmentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SearchSegments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"status"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentStatus"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"50"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchSegments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}},{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"status"},"value":{"kind":"Variable","name":{"kind":"Name","value":"status"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]} as unknown as DocumentNode<SearchSegmentsQuery, SearchSegmentsQueryVariables>;
export const CustomersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Customers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"50"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"customers"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"destinations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"segmentIdType"}},{"kind":"Field","name":{"kind":"Name","value":"sync"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"segmentCount"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<CustomersQuery, CustomersQueryVariables>;
export const CustomerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Customer"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"customer"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}}]}}]}}]} as unknown as DocumentNode<CustomerQuery, CustomerQueryVariables>;
export const DestinationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Destination"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DestinationFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DestinationFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"segmentIdType"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sync"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"segmentCount"}},{"kind":"Field","name":{"kind":"Name","value":"lastSuccessAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]}}]} as unknown as DocumentNode<DestinationQuery, DestinationQueryVariables>;
export const DestinationSegmentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DestinationSegments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"status"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentStatus"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"50"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"status"},"value":{"kind":"Variable","name":{"kind":"Name","value":"status"}}},{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}}]}}]} as unknown as DocumentNode<DestinationSegmentsQuery, DestinationSegmentsQueryVariables>;
export const DestinationLookupsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DestinationLookups"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"segmentId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}}]}},{"kind":"Field","name":{"kind":"Name","value":"segmentsById"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"segmentIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}}]} as unknown as DocumentNode<DestinationLookupsQuery, DestinationLookupsQueryVariables>;
export const RefreshDestinationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RefreshDestination"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"refreshDestination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DestinationFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DestinationFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"segmentIdType"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sync"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"segmentCount"}},{"kind":"Field","name":{"kind":"Name","value":"lastSuccessAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]}}]} as unknown as DocumentNode<RefreshDestinationMutation, RefreshDestinationMutationVariables>;
export const SegmentHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SegmentHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idType"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentIdType"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"startCursor"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RevisionFields"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}}]} as unknown as DocumentNode<SegmentHistoryQuery, SegmentHistoryQueryVariables>;
export const DestinationChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DestinationChanges"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"since"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},"defaultValue":{"kind":"IntValue","value":"50"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"since"},"value":{"kind":"Variable","name":{"kind":"Name","value":"since"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RevisionFields"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}}]} as unknown as DocumentNode<DestinationChangesQuery, DestinationChangesQueryVariables>;
export const SegmentsAtDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SegmentsAt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idType"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentIdType"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"at"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}}]}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentsById"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"segmentIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<SegmentsAtQuery, SegmentsAtQueryVariables>;
export const SegmentAtDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SegmentAt"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"at"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentId"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<SegmentAtQuery, SegmentAtQueryVariables>;
export const SetSegmentDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SetSegment"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentKey"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"description"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"status"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentStatus"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setSegment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"Argument","name":{"kind":"Name","value":"description"},"value":{"kind":"Variable","name":{"kind":"Name","value":"description"}}},{"kind":"Argument","name":{"kind":"Name","value":"status"},"value":{"kind":"Variable","name":{"kind":"Name","value":"status"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}}]} as unknown as DocumentNode<SetSegmentMutation, SetSegmentMutationVariables>;
export const UnsetSegmentDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UnsetSegment"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentKey"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unsetSegment"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}}]} as unknown as DocumentNode<UnsetSegmentMutation, UnsetSegmentMutationVariables>;
export const ImportSegmentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ImportSegments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"csv"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mode"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ImportMode"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"skipBad"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"importSegments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"csv"},"value":{"kind":"Variable","name":{"kind":"Name","value":"csv"}}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mode"}}},{"kind":"Argument","name":{"kind":"Name","value":"dryRun"},"value":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}}},{"kind":"Argument","name":{"kind":"Name","value":"skipBad"},"value":{"kind":"Variable","name":{"kind":"Name","value":"skipBad"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"applied"}},{"kind":"Field","name":{"kind":"Name","value":"created"}},{"kind":"Field","name":{"kind":"Name","value":"renamed"}},{"kind":"Field","name":{"kind":"Name","value":"updated"}},{"kind":"Field","name":{"kind":"Name","value":"unchanged"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}},{"kind":"Field","name":{"kind":"Name","value":"rejected"}},{"kind":"Field","name":{"kind":"Name","value":"mistakes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"line"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]} as unknown as DocumentNode<ImportSegmentsMutation, ImportSegmentsMutationVariables>;
export const ViewerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}},{"kind":"Field","name":{"kind":"Name","value":"customerCount"}}]}}]}}]} as unknown as DocumentNode<ViewerQuery, ViewerQueryVariables>;
export const NodeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Node"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"NodeFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"NodeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Node"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"customerName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","alias":{"kind":"Name","value":"destinationName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"secureUrl"}},{"kind":"Field","name":{"kind":"Name","value":"isTrait"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RevisionFields"}}]}}]}}]} as unknown as DocumentNode<NodeQuery, NodeQueryVariables>;
export const NodesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Nodes"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"NodeFields"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SegmentFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"alias"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"startDate"}},{"kind":"Field","name":{"kind":"Name","value":"endDate"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RevisionFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"by"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"NodeFields"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Node"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"customerName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Destination"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","alias":{"kind":"Name","value":"destinationName"},"name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Segment"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SegmentFields"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"secureUrl"}},{"kind":"Field","name":{"kind":"Name","value":"isTrait"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"destinationId"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentRevision"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RevisionFields"}}]}}]}}]} as unknown as DocumentNode<NodesQuery, NodesQueryVariables>;
export const GlobalIdsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"GlobalIds"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idType"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentIdType"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"at"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}},{"kind":"Argument","name":{"kind":"Name","value":"segmentIds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segmentIds"}}},{"kind":"Argument","name":{"kind":"Name","value":"idType"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idType"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"destination"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]} as unknown as DocumentNode<GlobalIdsQuery, GlobalIdsQueryVariables>;
export const LookupSegmentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LookupSegments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keys"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SegmentKey"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"at"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lookupSegments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"keys"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keys"}}},{"kind":"Argument","name":{"kind":"Name","value":"at"},"value":{"kind":"Variable","name":{"kind":"Name","value":"at"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"customerId"}},{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"segmentId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"idType"}},{"kind":"Field","name":{"kind":"Name","value":"segment"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}},{"kind":"Field","name":{"kind":"Name","value":"candidates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mappingId"}},{"kind":"Field","name":{"kind":"Name","value":"sid"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<LookupSegmentsQuery, LookupSegmentsQueryVariables>;
export const UnreadDestinationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UnreadDestinations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"searchSegments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"unread"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinationId"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sync"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<UnreadDestinationsQuery, UnreadDestinationsQueryVariables>;
export const IdEvidenceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"IdEvidence"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destination"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"customerId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"customerId"}}},{"kind":"Argument","name":{"kind":"Name","value":"destinationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destinationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"segmentIdType"}},{"kind":"Field","name":{"kind":"Name","value":"idEvidence"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"counts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"idType"}},{"kind":"Field","name":{"kind":"Name","value":"count"}}]}},{"kind":"Field","name":{"kind":"Name","value":"ambiguous"}},{"kind":"Field","name":{"kind":"Name","value":"unknown"}},{"kind":"Field","name":{"kind":"Name","value":"suggestion"}}]}}]}}]}}]} as unknown as DocumentNode<IdEvidenceQuery, IdEvidenceQueryVariables>;