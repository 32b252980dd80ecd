import type { Channel } from './channel.js';
import type { SharedToken } from '../../audience-manager/index.js';
import type { HostRefusal, PauseReason, CallVerdict } from '../../audience-manager/host.js';
import type { Priority } from '../../audience-manager/priority.js';
import type { Config } from '../../config/index.js';
import type { Counted, Taken } from '../../server/access/token-buckets.js';
import type { DestinationKey } from '../../storage/index.js';
import type { DestinationVersion } from '../../storage/version.js';
import type { ExpositionFormat } from '../../telemetry/exposition.js';
import type { ConfigurationState, ReloadOutcome } from '../../telemetry/configuration-state.js';
import type { LogLevel } from '../../telemetry/logs.js';
import type { MetricsSnapshot } from '../../telemetry/merged-metrics.js';

/** What a worker begins with. */
export interface WorkerStart {
  /** Of the program that the primary runs. */
  readonly version: string;
  /** From 1. */
  readonly worker: number;
  /** How many workers there are. */
  readonly workers: number;
  readonly config: Config;
  readonly logLevel: LogLevel;
  /** Whether others answer already. */
  readonly othersAnswer: boolean;
  /** The SQLite file that the primary keeps; `null`: the database is a server. */
  readonly file: { readonly token: string; readonly identity: string | null } | null;
  /** Whether the log is shown at a terminal. */
  readonly isTerminal: boolean;
  /** What became of the configuration so far. */
  readonly configuration: ConfigurationState;
}

/** A destination that somebody waits for. */
export interface Wanted {
  readonly key: DestinationKey;
  readonly priority: Priority;
}

/** What a worker may ask of the primary. */
export type PrimaryRequests = {
  readonly begin: (argument: null) => WorkerStart;
  /** It answers requests from now on. */
  readonly ready: (argument: null) => void;
  /** It ends now. These are its last metrics. */
  readonly ending: (last: MetricsSnapshot) => void;
  /** Waits for the turn to write to the SQLite file. A worker asks for one at a time. */
  readonly beginWriting: (argument: null) => void;
  readonly endWriting: (argument: null) => void;
  readonly committed: (version: DestinationVersion) => void;
  /** Somebody waits for what another worker may be reading. */
  readonly wanted: (wanted: Wanted) => void;
  /** Waits until nobody goes ahead at a destination. */
  readonly freeDestination: (key: DestinationKey) => void;
  /** Waits for the turn to go ahead at a destination. */
  readonly takeDestination: (turn: { readonly id: number; readonly key: DestinationKey }) => void;
  readonly leaveDestination: (id: number) => void;
  /** Waits for the turn to call Audience Manager. */
  readonly enterCall: (call: {
    readonly id: number;
    readonly host: string;
    readonly priority: Priority;
  }) => 'turn' | 'aborted' | HostRefusal;
  readonly raiseCall: (call: { readonly id: number; readonly priority: Priority }) => void;
  readonly leaveCall: (id: number) => void;
  readonly endCall: (call: { readonly id: number; readonly verdict: CallVerdict }) => HostRefusal | null;
  readonly loadToken: (account: string) => SharedToken | null;
  readonly saveToken: (saved: { readonly account: string; readonly token: SharedToken }) => void;
  readonly takeRequests: (wanted: {
    readonly counted: Counted;
    readonly key: string;
    readonly count: number;
  }) => Taken;
  readonly giveRequests: (unused: {
    readonly counted: Counted;
    readonly key: string;
    readonly count: number;
  }) => void;
  readonly writeMetrics: (format: ExpositionFormat) => string;
};

/** What the primary may ask of a worker. */
export type WorkerRequests = {
  /** `replaced`: another worker has taken its place. */
  readonly stop: (why: 'signal' | 'replaced') => void;
  readonly reload: (config: Config) => void;
  /** The configuration was read again and is not applied. */
  readonly notReloaded: (outcome: ReloadOutcome) => void;
  readonly committed: (version: DestinationVersion) => void;
  readonly wanted: (wanted: Wanted) => void;
  /** Answered at once by a worker that does not hang. */
  readonly ping: (argument: null) => void;
  /** A call of this worker has paused all calls to its host. */
  readonly paused: (reason: PauseReason) => void;
  readonly metrics: (argument: null) => MetricsSnapshot;
};

/** The channel to the primary, as a worker has it. */
export type PrimaryChannel = Channel<PrimaryRequests, WorkerRequests>;

/** The channel to a worker, as the primary has it. */
export type WorkerChannel = Channel<WorkerRequests, PrimaryRequests>;
