import { addressOfDestination } from '../app/address.js';
import { Name } from './name.js';

interface SegmentPlaceProps {
  readonly customer: { readonly id: string; readonly name: string };
  readonly destination: { readonly destinationId: string; readonly name: string | null };
}

/** Customer and destination of a segment, with a link to the destination. */
export function SegmentPlace({ customer, destination }: SegmentPlaceProps) {
  return (
    <span class="place">
      <a href={addressOfDestination(customer.id, destination.destinationId)}>
        <Name text={destination.name ?? destination.destinationId} longest={60} />
      </a>{' '}
      <span class="place-customer">
        <Name text={customer.name} longest={40} />
      </span>
    </span>
  );
}
