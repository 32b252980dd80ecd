import type { Logger } from '../telemetry/logs.js';
import type { Caller } from './caller.js';
import type { DestinationLoader } from './destination-loader.js';

/** What becomes known of an operation while it runs, for the log line of its request. */
export interface OperationRecord {
  operation: string | null;
  outcome: 'ok' | 'partial' | 'error' | null;
  /** The distinct codes of its errors. */
  codes: readonly string[];
}

/** One request's own things. */
export interface GatewayContext {
  readonly caller: Caller;
  readonly loader: DestinationLoader;
  readonly record: OperationRecord;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Names the request in each line. */
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}
