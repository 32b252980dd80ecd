import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../../app/problem.js';
import { DestinationsRefreshDocument, type DestinationsItemFragment } from '../../generated/operations.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useTexts } from '../../texts/index.js';

interface RefreshButtonProps {
  readonly destination: DestinationsItemFragment;
  /** Called after an attempt, whether it succeeded or not. */
  readonly onDone: () => void;
}

/** Has a destination read now, and says how it went. */
export function RefreshButton({ destination, onDone }: RefreshButtonProps) {
  const { destinations } = useTexts();
  const [{ fetching }, execute] = useMutation(DestinationsRefreshDocument);
  const [outcome, setOutcome] = useState<'done' | 'failed' | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const name = destination.name ?? destination.destinationId;

  const refresh = async (): Promise<void> => {
    setOutcome(null);
    setProblem(null);
    const { error } = await execute({
      customerId: destination.customer.id,
      destinationId: destination.destinationId,
    });
    const found = error === undefined ? null : problemOf(error);
    setOutcome(found === null ? 'done' : 'failed');
    // Why Audience Manager could not be read is in the state of the destination, in plain words.
    setProblem(found?.kind === 'upstream' ? null : found);
    onDone();
  };
  return (
    <div class="board-refresh">
      <button
        type="button"
        class="button"
        disabled={fetching}
        aria-label={destinations.refreshOf(name)}
        onClick={() => void refresh()}
      >
        {fetching ? destinations.refreshing : destinations.refresh}
      </button>
      <span class={outcome === 'failed' ? 'board-outcome board-outcome-bad' : 'board-outcome'} role="status">
        {outcome === 'done' && destinations.refreshed}
        {outcome === 'failed' && destinations.refreshFailed}
      </span>
      {problem !== null && <ProblemNotice problem={problem} onRetry={() => void refresh()} isManual />}
    </div>
  );
}
