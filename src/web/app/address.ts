import { useLocation, useRoute } from 'preact-iso';
import { bestIdOf, type IdentifiedSegment, type StatedId } from '../parts/segment-key.js';

/** The kinds of ID in addresses, and in the API. */
const ID_TYPES = {
  auto: 'AUTO',
  'mapping-id': 'MAPPING_ID',
  sid: 'SID',
  alias: 'ALIAS',
  value: 'VALUE',
  'key-value': 'KEY_VALUE',
  url: 'URL',
} as const;

/** A kind of ID in the API. */
export type SegmentIdType = (typeof ID_TYPES)[keyof typeof ID_TYPES];

/** The address of a view, with what is chosen in it. */
export interface Address {
  readonly path: string;
  /** The variable parts of the path, by name. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** The query string, by name. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /**
   * Changes the query string. What is empty or `null` is removed from it. Does nothing after the view was left: it is still
   * there while the next one is loaded, and the address is that of the next one already.
   *
   * @param isStep whether the browser's button for going back leads to what was before. Typing is no step
   */
  readonly setQuery: (changes: Readonly<Record<string, string | null>>, isStep?: boolean) => void;
  /** Goes to another address. */
  readonly go: (address: string) => void;
}

/** The address of the view that asks, also while another view is loaded already. */
export function useAddress(): Address {
  const newest = useLocation();
  const { route } = newest;
  // Nothing of this is known outside of the router, such as where a key is asked for.
  const ofView = useRoute() as Partial<ReturnType<typeof useRoute>>;
  const path = ofView.path ?? newest.path;
  const query = ofView.query ?? newest.query;
  const params = ofView.params ?? {};
  return {
    path,
    params,
    query,
    setQuery: (changes, isStep = false) => {
      // As the router writes paths.
      const current = location.pathname.replace(/\/+$/, '') || '/';
      if (current === path) route(withQuery(location.pathname, { ...query, ...changes }), !isStep);
    },
    go: (address) => route(address),
  };
}

/** A path with a query string. What is empty or `null` is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | null | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== '') params.set(name, value);
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The address of a destination. */
export function addressOfDestination(customerId: string, destinationId: string): string {
  return `/destinations/${encodeURIComponent(customerId)}/${encodeURIComponent(destinationId)}`;
}

/** What addresses need to know of a segment. */
export interface AddressedSegment extends IdentifiedSegment {
  readonly destination: { readonly destinationId: string };
  readonly customer: { readonly id: string };
}

/** The address of a segment, by the ID that is most certain; `null` if it has none. */
export function addressOfSegment(segment: AddressedSegment): string | null {
  const best = bestIdOf(segment);
  return best === null ? null : addressOfId(segment.customer.id, segment.destination.destinationId, best);
}

/** The address of whatever has an ID in a destination. */
export function addressOfId(customerId: string, destinationId: string, { idType, id }: StatedId): string {
  const destination = addressOfDestination(customerId, destinationId);
  return `${destination}/segments/${idTypeInAddress(idType)}/${encodeURIComponent(id)}`;
}

/** The kind of ID that an address names; `null` if there is no such kind. */
export function idTypeIn(address: string | undefined): SegmentIdType | null {
  return Object.entries(ID_TYPES).find(([name]) => name === address)?.[1] ?? null;
}

/** How an address names a kind of ID. */
export function idTypeInAddress(idType: SegmentIdType): string {
  return idType.toLowerCase().replaceAll('_', '-');
}
