import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { problemOf } from '../../app/problem.js';
import { DestinationsBlindRefreshDocument } from '../../generated/operations.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useTexts } from '../../texts/index.js';

/** For persons who may have destinations read, but see none: they name one. */
export function BlindRefresh() {
  const { destinations, parts } = useTexts();
  const [customerId, setCustomerId] = useState('');
  const [destinationId, setDestinationId] = useState('');
  const [result, execute] = useMutation(DestinationsBlindRefreshDocument);
  const refresh = (): void =>
    void execute({ customerId: customerId.trim(), destinationId: destinationId.trim() });
  return (
    <form
      class="stack board-blind"
      onSubmit={(event) => {
        event.preventDefault();
        refresh();
      }}
    >
      <p>{destinations.blind.text}</p>
      <label class="field">
        <span class="field-label">{parts.customer}</span>
        <input
          class="input"
          required
          value={customerId}
          onInput={({ currentTarget }) => setCustomerId(currentTarget.value)}
        />
      </label>
      <label class="field">
        <span class="field-label">{parts.destination}</span>
        <input
          class="input"
          required
          value={destinationId}
          onInput={({ currentTarget }) => setDestinationId(currentTarget.value)}
        />
      </label>
      <p>
        <button type="submit" class="button button-main" disabled={result.fetching}>
          {result.fetching ? destinations.refreshing : destinations.refresh}
        </button>
      </p>
      {result.error !== undefined && (
        <ProblemNotice problem={problemOf(result.error)} onRetry={refresh} isManual />
      )}
      {result.data !== undefined && result.error === undefined && (
        <Notice kind="calm" title={destinations.refreshed} />
      )}
    </form>
  );
}
