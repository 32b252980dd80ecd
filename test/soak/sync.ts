import type { Occasion } from './checks.js';
import { TTL_MS } from './configuration.js';
import type { DestinationTruth } from './truth.js';
import type { World } from './world.js';

export const SYNC = 'sync { status segmentCount lastSuccessAt }';

export interface Sync {
  readonly status: string;
  readonly segmentCount: number;
  readonly lastSuccessAt: string | null;
}

/**
 * Holds the state of a destination against the model. A success that was announced is served, and stored unless it may be the
 * first listing of a file: from then on no life may be behind it, and no name behind the listing that it stands for.
 */
export function checkSync(world: World, occasion: Occasion, destination: DestinationTruth, sync: Sync): void {
  const violate = (invariant: string, model: unknown): void =>
    world.violate(invariant, occasion, sync, model);
  const successKey = `${destination.key} lastSuccessAt`;
  const at = sync.lastSuccessAt === null ? null : Date.parse(sync.lastSuccessAt);
  const floor = world.floors.below(successKey, occasion);
  if (floor !== null && (at ?? 0) < floor) {
    violate('lastSuccessAt never goes backwards, not even when a gateway is killed', {
      announced: new Date(floor),
      marks: world.floors.marksOf(successKey),
    });
  }
  checkCount(world, occasion, destination, sync);
  if (at === null) return;
  if (at > occasion.to) violate('lastSuccessAt is never later than now', new Date(occasion.to));
  if (sync.status === 'FRESH' && occasion.from - at > TTL_MS + world.clockBehindMs) {
    violate('what is FRESH was listed within ttl', new Date(occasion.from));
  }
  // Who waits for the first listing gets it before it is stored, if no other gateway shares the storage.
  const isStored = world.storage.gateways > 1 || (floor !== null && at > floor);
  if (isStored) world.stored.add(destination.key);
  const shown = { ...occasion, way: isStored ? 'kept' : 'memory' } as const;
  world.floors.raise(successKey, at, shown);
  for (const segment of destination.segments) {
    const version = segment.listedSince(at);
    if (version !== null) world.floors.raise(segment.key, version, shown);
  }
}

/** Segments are never forgotten, so there are never fewer of them. */
function checkCount(world: World, occasion: Occasion, destination: DestinationTruth, sync: Sync): void {
  const key = `${destination.key} segmentCount`;
  const floor = world.floors.below(key, occasion);
  if (floor !== null && sync.segmentCount < floor) {
    world.violate('segmentCount never becomes less', occasion, sync, { shownBefore: floor });
  }
  if (sync.segmentCount > destination.segments.length) {
    world.violate('segmentCount counts what there is', occasion, sync, destination.segments.length);
  }
  world.floors.raise(key, sync.segmentCount, occasion);
}
