import type { CallTurns, TokenVault } from './audience-manager/index.js';
import type { SharedDemand, SharedWriteTurns } from './directory/index.js';
import type { Allowances, Scrape } from './server/index.js';
import type { SharedFile } from './storage/index.js';
import type { ConfigurationState } from './telemetry/configuration-state.js';
import type { Metrics } from './telemetry/metrics.js';

/**
 * What a gateway that is several processes has in one place for all of them, as one of them sees it. What is not here is
 * shared by the storage, as by several gateways on one PostgreSQL, or is each process's own.
 */
export interface Peers {
  /** The number of this process, from 1. */
  readonly worker: number;
  /** Whether this process does what is to be done in the background from time to time. One does. */
  readonly keepsHouse: boolean;
  /** Whether others answer already. Then this process gets no request before it is ready. */
  readonly othersAnswer: boolean;
  /** `null`: the storage is a server, which needs nothing of this. */
  readonly file: SharedFile | null;
  /** When Audience Manager is called: one queue, pace and circuit for all. */
  readonly calls: CallTurns;
  readonly tokens: TokenVault;
  /** Who goes ahead at a destination, after others have changed it while a change was made ready. */
  readonly writeTurns: SharedWriteTurns;
  /** Who waits for what another process may be reading. */
  readonly demand: SharedDemand;
  readonly allowances: Allowances;
  /** What became of the configuration before this process started. */
  readonly configuration: ConfigurationState;
  /** Writes the metrics of all. */
  readonly scrape: Scrape;
  /** Has the metrics of this process taken into those of all. Called once. */
  attach(metrics: Metrics): void;
}
