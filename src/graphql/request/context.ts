import type { Logger } from '../../telemetry/logs.js';
import type { LimitsConfig } from '../../config/index.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import type { DestinationLoader } from './destination-loader.js';

/** What becomes known of an operation while it runs, for the log line of its request. */
export interface OperationRecord {
  operation: string | null;
  outcome: 'ok' | 'partial' | 'error' | null;
  /** The distinct codes of its errors. */
  codes: readonly string[];
}

/** Something that was done or refused, for the operators' eyes. */
export interface AuditEntry {
  readonly audit: 'refresh' | 'import' | 'set' | 'unset' | 'denied';
  readonly [detail: string]: unknown;
}

/** One request's own things. */
export interface GatewayContext {
  readonly caller: Caller;
  readonly limits: LimitsConfig;
  readonly deadline: Deadline;
  /** Who did something, when and from where is added to what it was. */
  readonly audit: (entry: AuditEntry) => void;
  readonly loader: DestinationLoader;
  readonly record: OperationRecord;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Names the request in each line. */
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}
