/** A GraphQL operation as an application sends it. */
export interface Operation {
  /** The text, one of `DOCUMENTS`. */
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An application's GraphQL client with its normalized cache. */
export interface CachingClient {
  /** Runs a query as the client does by default: some may answer from their cache. */
  query(operation: Operation): Promise<unknown>;
  /** Runs a query at the gateway, whatever the cache knows. */
  refetch(operation: Operation): Promise<unknown>;
  /** Runs a mutation, whose result goes into the cache. */
  mutate(operation: Operation): Promise<unknown>;
  /** The answer of a query as the cache alone gives it; `null` if the cache does not know all of it. */
  read(operation: Operation): unknown;
}

/** A kind of caching client, in the configuration that its documentation begins with. */
export interface ClientKind {
  readonly name: string;
  /** What it writes to the console although nothing is wrong. */
  readonly harmless?: RegExp;
  readonly connect: (url: string, fetch: typeof globalThis.fetch) => Promise<CachingClient> | CachingClient;
}
