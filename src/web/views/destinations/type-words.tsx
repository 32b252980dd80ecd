import { useId } from 'preact/hooks';
import type { DestinationType } from '../../generated/operations.js';
import { DestinationTypeWord } from '../../parts/words.js';
import { useTexts } from '../../texts/index.js';

/** A type of destination in words, which opens into what such a destination is for. */
export function TypeWords({ type }: { readonly type: DestinationType }) {
  const { destinations } = useTexts();
  const id = useId();
  const { purpose, example, reach } = destinations.types[type];
  return (
    <>
      <button type="button" class="board-type" popovertarget={id} title={destinations.typeHint}>
        <DestinationTypeWord type={type} />
      </button>
      <div id={id} class="board-type-panel" popover="auto">
        <p class="board-type-title">
          <DestinationTypeWord type={type} />
        </p>
        <p>{purpose}</p>
        {example !== null && (
          <p>
            <strong>{destinations.example}</strong> {example}
          </p>
        )}
        {reach !== null && (
          <p>
            <strong>{destinations.reach}</strong> {reach}
          </p>
        )}
      </div>
    </>
  );
}
