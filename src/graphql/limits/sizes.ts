import type { Destination } from '../../directory/index.js';
import type { VisibleCustomers } from '../request/visible-customers.js';
import type { Sizes } from './place.js';

/**
 * The numbers of customers, destinations and segments that a caller may see. Nothing is loaded for them. Each is counted
 * once: an operation may ask for it in thousands of fields.
 */
export function sizesFor(visible: VisibleCustomers): Sizes {
  const known = new Map<string | null, number>();
  const once = (key: string | null, count: () => number): number => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const counted = count();
    known.set(key, counted);
    return counted;
  };
  const counts = (): number[] => visible.customers().map(({ destinations }) => destinations.size);
  const segments = (destinationId: string | null): number =>
    destinationId === null
      ? Math.max(0, ...visible.customers().map(({ destinations }) => largest(destinations.values())))
      : largest(visible.destinationsWithId(destinationId));
  return {
    customers: () => once('customers', () => visible.customers().length),
    destinations: () => once('destinations', () => Math.max(0, ...counts())),
    allDestinations: () => once('all destinations', () => counts().reduce((sum, count) => sum + count, 0)),
    segments: (id) => once(id === null ? null : `destination ${id}`, () => segments(id)),
  };
}

function largest(destinations: Iterable<Destination>): number {
  let most = 0;
  for (const destination of destinations) most = Math.max(most, destination.sync().segmentCount);
  return most;
}
