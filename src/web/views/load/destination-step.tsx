import { useEffect, useState } from 'preact/hooks';
import { useAddress } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { LoadDestinationsDocument, FilteredDestinationDocument } from '../../generated/operations.js';
import { DestinationPicker } from '../../parts/destination-picker.js';
import { Notice } from '../../parts/notice.js';
import { useTexts } from '../../texts/index.js';
import type { FileLoad, LoadDestination } from './file-load.js';

interface DestinationStepProps {
  readonly load: FileLoad;
  readonly destination: LoadDestination | null;
}

/** Chooses where the names belong. */
export function DestinationStep({ load: fileLoad, destination }: DestinationStepProps) {
  const { load } = useTexts();
  const { may } = useViewer();
  const { setQuery } = useAddress();
  const choose = (chosen: LoadDestination | null): void => {
    if (chosen === null) fileLoad.setDestination(null);
    setQuery(
      { customer: chosen?.customerId ?? null, destination: chosen?.destinationId ?? null },
      chosen !== null,
    );
  };
  if (!may('read')) return <IdFields destination={destination} onChange={choose} />;
  return (
    <>
      <div class="load-destination">
        <DestinationPicker
          label={load.destination}
          placeholder={load.destinationHint}
          value={destination}
          onChange={choose}
        />
      </div>
      {destination === null ? <OnlyOne onFound={choose} /> : <Existence destination={destination} />}
    </>
  );
}

/** Chooses the destination where there is only one. */
function OnlyOne({ onFound }: { readonly onFound: (destination: LoadDestination) => void }) {
  const { data } = useAnswer(LoadDestinationsDocument, {});
  const only = data?.destinations?.totalCount === 1 ? data.destinations.nodes[0] : undefined;
  useEffect(() => {
    if (only !== undefined) onFound({ customerId: only.customer.id, destinationId: only.destinationId });
  }, [only?.id]);
  return null;
}

/** Says so if the destination is not there (any more). */
function Existence({
  destination: { customerId, destinationId },
}: {
  readonly destination: LoadDestination;
}) {
  const { load } = useTexts();
  const { data, isEarlier, problem } = useAnswer(FilteredDestinationDocument, { customerId, destinationId });
  const isMissing =
    problem?.kind === 'notFound' || (data !== null && !isEarlier && data.destination === null);
  if (!isMissing) return null;
  return (
    <Notice kind="warn" title={load.gone.title}>
      <p>{load.gone.text}</p>
    </Notice>
  );
}

interface IdFieldsProps {
  readonly destination: LoadDestination | null;
  readonly onChange: (destination: LoadDestination | null) => void;
}

/** For callers who may not list destinations. */
function IdFields({ destination, onChange }: IdFieldsProps) {
  const { load } = useTexts();
  const [customerId, setCustomerId] = useState(destination?.customerId ?? '');
  const [destinationId, setDestinationId] = useState(destination?.destinationId ?? '');
  const take = (): void => {
    const ids = { customerId: customerId.trim(), destinationId: destinationId.trim() };
    onChange(ids.customerId === '' || ids.destinationId === '' ? null : ids);
  };
  return (
    <>
      <p class="muted">{load.idsHint}</p>
      <div class="toolbar">
        <label class="field">
          <span class="field-label">{load.customerId}</span>
          <input
            class="input"
            value={customerId}
            spellcheck={false}
            onInput={({ currentTarget }) => setCustomerId(currentTarget.value)}
            onChange={take}
          />
        </label>
        <label class="field">
          <span class="field-label">{load.destinationId}</span>
          <input
            class="input"
            value={destinationId}
            spellcheck={false}
            onInput={({ currentTarget }) => setDestinationId(currentTarget.value)}
            onChange={take}
          />
        </label>
      </div>
    </>
  );
}
