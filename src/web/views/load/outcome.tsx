import { useEffect, useRef } from 'preact/hooks';
import { addressOfDestination } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useStore } from '../../app/store.js';
import { Name } from '../../parts/name.js';
import { useTexts } from '../../texts/index.js';
import { Figures } from '../../parts/import-figures.js';
import { Undo } from '../../parts/import-undo.js';
import type { FileLoad, LoadOutcome } from './file-load.js';

interface OutcomeProps {
  readonly load: FileLoad;
  readonly outcome: LoadOutcome;
}

/** What the import has done, and what can be done about it. */
export function Outcome({ load, outcome: { importId, counts, answer } }: OutcomeProps) {
  const { load: texts } = useTexts();
  const { may } = useViewer();
  const { destination, file } = useStore(load.state);
  const title = useRef<HTMLHeadingElement>(null);
  // What had the focus is gone.
  useEffect(() => title.current?.focus(), []);
  return (
    <div class="stack load-outcome">
      <section class="card stack load-done">
        <h2 ref={title} tabIndex={-1}>
          {texts.done.title}
        </h2>
        {file !== null && (
          <p class="muted">
            <Name text={file.file.name} longest={100} />
          </p>
        )}
        {answer === null && <p>{texts.done.found}</p>}
        <Figures counts={counts} />
        {counts.kept > 0 && <p class="muted">{texts.done.kept}</p>}
        <p class="load-links">
          <button type="button" class="button button-main" onClick={() => load.reset()}>
            {texts.done.another}
          </button>
          {may('read') && importId !== null && (
            <a class="button" href={`/imports/${importId}`}>
              {texts.done.import}
            </a>
          )}
          {may('read') && destination !== null && (
            <a class="button" href={addressOfDestination(destination.customerId, destination.destinationId)}>
              {texts.done.destination}
            </a>
          )}
        </p>
      </section>
      {importId !== null && <Undo importId={importId} undoneAt={null} undoneBy={null} />}
    </div>
  );
}
