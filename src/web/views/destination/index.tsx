import { useAddress } from '../../app/address.js';
import { Destination } from './destination.js';
import './destination.css';

/** One destination: how current it is, its segments, and what changed. */
export function DestinationView() {
  const { params } = useAddress();
  const { customer = '', destination = '' } = params;
  // Nothing of one destination is shown for another.
  return <Destination key={JSON.stringify([customer, destination])} place={{ customer, destination }} />;
}
