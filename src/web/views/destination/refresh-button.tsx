import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../../app/problem.js';
import { DestinationRefreshDocument } from '../../generated/operations.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import type { DestinationPlace } from '../../parts/segment-key.js';
import { useTexts } from '../../texts/index.js';

interface RefreshButtonProps {
  readonly place: DestinationPlace;
  /** Called when the destination could not be read: its state says why. */
  readonly onFailed: () => void;
}

/** Reads the destination from Audience Manager now. */
export function RefreshButton({ place, onFailed }: RefreshButtonProps) {
  const { destination: texts } = useTexts();
  const [{ fetching }, execute] = useMutation(DestinationRefreshDocument);
  const [outcome, setOutcome] = useState<Problem | 'read' | null>(null);
  const refresh = async (): Promise<void> => {
    setOutcome(null);
    const { error } = await execute(place);
    setOutcome(error === undefined ? 'read' : problemOf(error));
    if (error !== undefined) onFailed();
  };
  return (
    <>
      <button
        type="button"
        class="button"
        aria-disabled={fetching}
        onClick={() => fetching || void refresh()}
      >
        {fetching ? texts.refreshing : texts.refresh}
      </button>
      <span class="destination-said" role="status">
        {outcome === 'read' && texts.refreshed}
      </span>
      {/* Why Audience Manager could not be read is said with the state of the destination. */}
      {outcome !== null && outcome !== 'read' && outcome.kind !== 'upstream' && (
        <div class="destination-outcome">
          <ProblemNotice problem={outcome} onRetry={() => void refresh()} isManual />
        </div>
      )}
    </>
  );
}
