import type { Address } from '../../app/address.js';
import type { DestinationType, SyncStatus } from '../../generated/operations.js';
import { DESTINATION_TYPES, chosen } from '../../parts/choices.js';

/** The states, those that need attention first. */
export const STATUSES: readonly SyncStatus[] = ['FAILING', 'STALE', 'NEVER', 'FRESH', 'MANUAL'];

/** Which destinations are listed, as the address says it. */
export interface BoardFilter {
  readonly search: string;
  readonly customerId: string | null;
  readonly type: DestinationType | null;
  /** Empty: all. */
  readonly status: readonly SyncStatus[];
}

/** The filter that an address asks for. What is not possible is left out. */
export function filterIn(query: Address['query']): BoardFilter {
  const { q, customer, type, status } = query;
  const wanted = (status ?? '').toUpperCase().split(',');
  return {
    search: q ?? '',
    customerId: customer ?? null,
    type: chosen(DESTINATION_TYPES, type),
    status: STATUSES.filter((each) => wanted.includes(each)),
  };
}

/** Whether anything is left out. */
export function isFiltering({ search, customerId, type, status }: BoardFilter): boolean {
  return search.trim() !== '' || customerId !== null || type !== null || status.length > 0;
}
