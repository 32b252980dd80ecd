/**
 * How a server-to-server destination sends its data. Audience Manager's consultants set this up for each destination.
 * Source: "Outbound data file contents", "Outbound data file names", "Real-time outbound data transfers".
 */
export interface OutboundFormat {
  /** Which identifier of a mapping the data carry. Mappings without it are not sent. Default `sid`. */
  readonly ids?: 'sid' | 'alias' | 'mapping';
  /** How a line of a file is written. Default `default`. */
  readonly template?: LineTemplate;
  /** How a message is written. Default `documented`. */
  readonly message?: MessageForm;
  /** First part of a file's name. Default `S3`. */
  readonly syncType?: 'ftp' | 's3' | 'S3' | 'http';
  /** The kind of the user IDs: 20914 Google, 20915 Apple, others are of a vendor. Default 20914. */
  readonly masterDpid?: number;
  /** The customer's ID at the partner; `null`: not in the names of files. Default `null`. */
  readonly pidAlias?: string | null;
  /** Whether files are compressed. Default false. */
  readonly gzip?: boolean;
  /** Number of files of a delivery. Default 1. */
  readonly parts?: number;
  /** Whether a `.info` file comes with the files. Default false. */
  readonly info?: boolean;
  /** Default `sync`. */
  readonly extension?: 'sync' | 'csv';
}

/**
 * `default`: user, segments, segments that the user left. `spaces`: user and segments. `tabs`: items of type, alias, status
 * and time. `typed`: type and sid in turns. `json`: an object a line.
 */
export type LineTemplate = 'default' | 'two-spaces' | 'spaces' | 'tabs' | 'typed' | 'json';

/**
 * `documented`: as the sample in the documentation, all values as text. `integers`: as its table of fields says. The
 * others are forms of partners: the key `Segment`, the key `Mapping`, and segments that the user left in a list of their
 * own.
 */
export type MessageForm = 'documented' | 'integers' | 'segment' | 'mapping' | 'removed';

/** `iter`: changes since the delivery before. `full`: everything. */
export type SyncMode = 'iter' | 'full';

/** A segment that a user entered or left. */
export interface Qualification {
  /** As the data carry it. */
  readonly id: string;
  readonly entered: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A user of a delivery or a message. */
export interface OutboundUser {
  /** Audience Manager's own ID: 38 digits. */
  readonly uuid: string;
  /** The ID of the kind that the destination receives. */
  readonly partnerId: string;
  readonly segments: readonly Qualification[];
}

/** A file as the partner receives it. */
export interface DeliveredFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** An entry of `history/outbound`. Source: "Destination API methods", job history. */
export interface OutboundJob {
  readonly pushId: number;
  readonly dataProviderId: number;
  readonly fullPublish: boolean;
  readonly receivedRecords: number;
  readonly attemptedRecords: number;
  readonly successRecords: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Milliseconds since the epoch. */
  readonly endTime: number;
  readonly dataFileName: string;
  readonly success: boolean;
}
