import { useViewer } from '../../app/app-context.js';
import { Notice } from '../../parts/notice.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import './load.css';
import { LoadSteps } from './load-steps.js';

/** Loads a file of names that a customer has sent. */
export function LoadView() {
  const { load } = useTexts();
  const { may } = useViewer();
  return (
    <View title={load.title} intro={load.intro}>
      {may('import') ? (
        <LoadSteps />
      ) : (
        <Notice kind="calm" title={load.forbidden.title}>
          <p>{load.forbidden.text}</p>
          {may('read') && (
            <p>
              <a href="/imports">{load.forbidden.imports}</a>
            </p>
          )}
        </Notice>
      )}
    </View>
  );
}
