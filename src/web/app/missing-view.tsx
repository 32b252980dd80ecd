import { View } from '../parts/view.js';
import { useTexts } from '../texts/index.js';

/** Says that there is no view at this address. */
export function MissingView() {
  const { missing } = useTexts().shell;
  return (
    <View title={missing.title}>
      <p>{missing.text}</p>
      <p>
        <a href="/">{missing.start}</a>
      </p>
    </View>
  );
}
