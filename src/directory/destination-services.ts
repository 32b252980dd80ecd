import type { AudienceManagerClient } from '../audience-manager/index.js';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Freshness } from './sync/freshness.js';
import type { Leases } from './refresh/lease.js';
import type { ListingDiffer } from './snapshot/diff-listing.js';
import type { SnapshotCache } from './snapshot/cache.js';
import type { SnapshotStore } from './storing/store.js';
import type { WriteBehind } from './storing/write-behind.js';

/** What every destination of a directory works with. */
export interface DestinationServices {
  readonly client: AudienceManagerClient;
  readonly cache: SnapshotCache;
  readonly store: SnapshotStore;
  readonly writeBehind: WriteBehind;
  readonly differ: ListingDiffer;
  readonly leases: Leases;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called when a destination's next scheduled refresh has moved. */
  readonly onScheduled: () => void;
}
