import type { DestinationsItemFragment } from '../../generated/operations.js';
import { CopyButton } from '../../parts/copy-button.js';
import { IdTypeWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';

interface IdKindsProps {
  readonly destination: DestinationsItemFragment;
}

/** As what the IDs of a destination are understood: as configured, else what they turned out to be, with advice. */
export function IdKinds({ destination }: IdKindsProps) {
  const { destinations } = useTexts();
  const { segmentIdType, idEvidence } = destination;
  if (segmentIdType !== 'AUTO') {
    return (
      <>
        <IdTypeWord idType={segmentIdType} /> <span class="muted">{destinations.ids.configured}</span>
      </>
    );
  }
  const { counts, ambiguous, unknown, suggestion } = idEvidence;
  const total = counts.reduce((sum, { count }) => sum + count, ambiguous + unknown);
  if (total === 0) return <span class="muted">{destinations.ids.none}</span>;
  return (
    <>
      <Evidence evidence={idEvidence} />
      {suggestion === null ? (
        <p class="board-hint">{destinations.ids.unclear}</p>
      ) : (
        <div class="board-suggestion">
          <p>{destinations.ids.suggestion}</p>
          <p class="board-line">
            <code>segmentIdType: {suggestion}</code>
            <CopyButton text={() => `segmentIdType: ${suggestion}`} label={destinations.ids.copy} />
          </p>
        </div>
      )}
    </>
  );
}

/** What the IDs of lookups were, each kind with its number. */
function Evidence({ evidence }: { readonly evidence: DestinationsItemFragment['idEvidence'] }) {
  const { destinations, parts } = useTexts();
  const format = useFormat();
  const rows = [
    ...evidence.counts.map(({ idType, count }) => ({ text: parts.idType[idType], count })),
    { text: destinations.ids.ambiguous, count: evidence.ambiguous },
    { text: destinations.ids.unknown, count: evidence.unknown },
  ].filter(({ count }) => count > 0);
  return (
    <ul class="board-evidence" aria-label={destinations.ids.evidence}>
      {rows.map(({ text, count }) => (
        <li key={text}>
          <span class="board-evidence-count">{format.number(count)}</span> {text}
        </li>
      ))}
    </ul>
  );
}
