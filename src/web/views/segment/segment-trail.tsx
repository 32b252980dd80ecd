import { addressOfDestination, withQuery } from '../../app/address.js';
import { useAnswer } from '../../app/use-answer.js';
import { SegmentPlaceDocument } from '../../generated/operations.js';
import { Name } from '../../parts/name.js';
import type { DestinationPlace } from '../../parts/segment-key.js';
import { Trail } from '../../parts/trail.js';
import { useTexts } from '../../texts/index.js';

/** Leads from the segment back to its destination. */
export function SegmentTrail({ place }: { readonly place: DestinationPlace }) {
  const { segment: texts } = useTexts();
  const { data } = useAnswer(SegmentPlaceDocument, place);
  const destination = data?.destination ?? null;
  return (
    <Trail
      label={texts.trail}
      steps={[
        { address: '/destinations', text: texts.destinations },
        {
          address: withQuery('/destinations', { customer: place.customer }),
          text: <Name text={destination?.customer.name ?? place.customer} longest={null} />,
        },
        {
          address: addressOfDestination(place.customer, place.destination),
          text: (
            <Name text={destination?.name ?? texts.destinationNumber(place.destination)} longest={null} />
          ),
        },
      ]}
    />
  );
}
