import { addressOfId, idTypeIn, useAddress } from '../../app/address.js';
import { Notice } from '../../parts/notice.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import { Segment } from './segment.js';
import './segment.css';

/** One segment: what it is called and why, its identifiers, its history, and its correction by hand. */
export function SegmentView() {
  const { segment: texts } = useTexts();
  const { params } = useAddress();
  const { customer = '', destination = '', id = '' } = params;
  const idType = idTypeIn(params['idType']);
  if (idType === null) {
    const address = addressOfId(customer, destination, { idType: 'AUTO', id });
    return (
      <View title={texts.badKind.title}>
        <Notice kind="calm" title={texts.badKind.text}>
          <p>
            <a href={address}>{texts.badKind.action}</a>
          </p>
        </Notice>
      </View>
    );
  }
  // What was typed for one segment is not kept for another.
  const key = JSON.stringify([customer, destination, idType, id]);
  return <Segment key={key} place={{ customer, destination }} stated={{ idType, id }} />;
}
