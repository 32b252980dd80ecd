import { useFormat, useTexts } from '../../texts/index.js';
import type { LoadState } from './file-load.js';
import { changedBy } from './import-answer.js';

/** What screen readers are told: what happens to the file, and what the preview has. */
export function Said({ state: { work, preview } }: { readonly state: LoadState }) {
  const { load } = useTexts();
  const format = useFormat();
  const said = (): string => {
    if (work !== null) {
      const { phase } = work.progress;
      return phase === 'APPLYING' && work.is === 'import' ? load.phase.storing : load.phase[phase];
    }
    if (preview === null) return '';
    const changes = changedBy(preview);
    return load.said.preview(
      load.changes(changes, format.number(changes)),
      load.mistakes(preview.rejected, format.number(preview.rejected)),
    );
  };
  return (
    <p class="for-readers" role="status">
      {said()}
    </p>
  );
}
