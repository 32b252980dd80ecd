import type { NamesError } from './errors.js';
import type { LookupStatus, SegmentIdType, SegmentStatus } from './generated/operations.js';

export type { LookupStatus, SegmentIdType, SegmentStatus };

/** Where IDs are from. */
export interface Destination {
  /** The customer's ID in the gateway. May be left out if the caller may see only one destination with this ID. */
  readonly customerId?: string | undefined;
  /** The destination's ID in Audience Manager. */
  readonly destinationId: string;
  /** As what the IDs are to be understood. Default: what the gateway's configuration says. */
  readonly idType?: SegmentIdType | undefined;
}

/** What is known of an ID. */
export interface Name {
  /** The ID that was asked for. */
  readonly id: string;
  /** What the lookup found out. Only FOUND has a name. */
  readonly lookup: LookupStatus;
  /** The text to show: the name, else the alias, else the ID. */
  readonly label: string;
  /** `null` if the segment has no name, or was not found. */
  readonly name: string | null;
  readonly description: string | null;
  /** The segment's status; `null` unless it was found. */
  readonly status: SegmentStatus | null;
  /** When the name was last confirmed with its source, RFC 3339; `null` unless it was found. */
  readonly asOf: string | null;
  /** Whether the name is older than it should be, because the gateway or the client could not renew it. */
  readonly stale: boolean;
  /** Why the lookup failed, or why a name that was known before could not be renewed; else `null`. */
  readonly error: NamesError | null;
}

/** Time, as the client needs it. Tests pass a clock of their own. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Calls back after some milliseconds. @returns what cancels that */
  after(ms: number, callback: () => void): () => void;
}

/**
 * How a client is made. Durations are in milliseconds. A client is for one caller: what it remembers is given to whoever calls
 * it. Make one for each person.
 */
export interface ClientOptions {
  /** Address of the gateway's GraphQL endpoint, such as `https://names.example.com/graphql`. In a page it may be relative. */
  readonly url: string;
  /** The API key. */
  readonly key?: string | undefined;
  /** Gives the token of the one person or service that the client is for, where gateways take JWTs. Called before each request. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** How long a call of `names` waits at most, repetitions included. Default: 20,000. Longer than `freshness.coldTimeout`. */
  readonly timeout?: number;
  /** How often a request is repeated at most. Default: 3. */
  readonly retries?: number;
  /**
   * Number of requests at the same time. Default: 1; what is asked for meanwhile becomes the next request. A request waits for
   * its slowest destination: with many destinations, set 4.
   */
  readonly concurrency?: number;
  /** Number of IDs in a request. Default: 1,000. The gateway's limit is `limits.ids`. */
  readonly maxIds?: number;
  /** Number of IDs that are remembered, the most recently used ones. Default: 10,000. 0: none. */
  readonly cacheSize?: number;
  /** How long a name is remembered before it is asked for again. Default: 300,000. */
  readonly ttl?: number;
  /** The same for a stale name, and for an ID without a name. Default: 60,000. */
  readonly unknownTtl?: number;
  /** The same after a failure. After one that can pass by itself, nothing is sent for this time either. Default: 5,000. */
  readonly failedTtl?: number;
  /** Called once for each request that failed at last, for a log; not for those that are not sent because of that. */
  readonly onError?: ((error: NamesError) => void) | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  /** A number from 0 to below 1. Spreads repetitions. */
  readonly random?: () => number;
}

/** Options of one call. */
export interface NamesOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves segment IDs to names. */
export interface NamesClient {
  /**
   * What is known of some IDs of a destination, in the order of the IDs.
   *
   * An ID that cannot be looked up is FAILED and has an `error`; it does not reject the call. A name that the client
   * remembers is better than an error that can pass by itself, however old the name is: then it is `stale`.
   *
   * Calls of the same moment share requests, also those for other destinations. So a name may come later than it could alone.
   *
   * @throws TypeError for an ID that is not a string: numbers beyond 2^53 are not what they were
   * @throws the reason of `signal`, if that ends the call
   */
  names(destination: Destination, ids: readonly string[], options?: NamesOptions): Promise<Name[]>;
}
