import type { Logger } from '../../telemetry/logs.js';
import type { LimitsConfig } from '../../config/index.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import type { DestinationLoader } from './destination-loader.js';

/** Facts about a GraphQL operation for the log line of its request, filled in while the operation runs. */
export interface OperationRecord {
  /** Name of the operation; `null` if it has none or is not known yet. */
  operation: string | null;
  outcome: 'ok' | 'partial' | 'error' | null;
  /** The distinct error codes in the response: those of errors, and of keys whose lookup failed. */
  codes: readonly string[];
  /** Number of operations, if the request has a list of them. */
  operations?: number;
}

/** One entry of the audit log: a change, or a request that was denied. */
export interface AuditEntry {
  readonly audit: 'refresh' | 'import' | 'undo' | 'set' | 'unset' | 'purge' | 'denied';
  readonly [detail: string]: unknown;
}

/** The context value of one GraphQL request. */
export interface GatewayContext {
  readonly caller: Caller;
  readonly limits: LimitsConfig;
  readonly deadline: Deadline;
  /** Writes an audit entry; caller, address, time and request ID are added. */
  readonly audit: (entry: AuditEntry) => void;
  readonly loader: DestinationLoader;
  readonly record: OperationRecord;
  /** Whether the gateway itself has chosen the operation, as for the tools of assistants. Left out: no. */
  readonly isOwnOperation?: boolean | undefined;
  readonly requestId: string;
  /** Current time in milliseconds since the epoch. */
  readonly now: () => number;
  /** Logger that adds the request ID to each line. */
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}
