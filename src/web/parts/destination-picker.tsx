import { useState } from 'preact/hooks';
import { useAnswer } from '../app/use-answer.js';
import { FilterDestinationsDocument, FilteredDestinationDocument } from '../generated/operations.js';
import { useFormat, useTexts } from '../texts/index.js';
import type { DestinationIds } from './destination-filter.js';
import { Picker } from './picker.js';

/** How many choices the list offers at most. */
const MOST = 50;

/** A destination that was chosen. */
export type PickedDestination = DestinationIds;

interface DestinationPickerProps {
  readonly label: string;
  /** `null`: none. */
  readonly value: PickedDestination | null;
  readonly onChange: (value: PickedDestination | null) => void;
  /** What stands in the field while none is chosen. */
  readonly placeholder: string;
}

/** Chooses a destination of any customer. */
export function DestinationPicker({ label, value, onChange, placeholder }: DestinationPickerProps) {
  const { parts } = useTexts();
  const format = useFormat();
  const [search, setSearch] = useState<string | null>(null);
  const { data, isLoading, isEarlier, problem } = useAnswer(
    FilterDestinationsDocument,
    { search: search ?? '', customerId: null, first: MOST },
    { isPaused: search === null },
  );
  const nodes = data?.destinations?.nodes ?? [];
  const more = (data?.destinations?.totalCount ?? 0) - nodes.length;
  return (
    <Picker
      label={label}
      none={placeholder}
      chosen={useChosen(value)}
      choices={nodes.map(({ id, name, destinationId, customer }) => ({
        key: id,
        text: name ?? destinationId,
        more: [name === null ? parts.noName : destinationId, customer.name].join(' · '),
        value: { customerId: customer.id, destinationId },
      }))}
      isPending={isEarlier || (isLoading && data === null)}
      problem={problem}
      note={more > 0 ? parts.pickerMore(format.number(more)) : null}
      onType={setSearch}
      onChoose={onChange}
    />
  );
}

/** How the field calls the chosen destination. */
function useChosen(value: PickedDestination | null): string | null {
  const { customerId, destinationId } = value ?? { customerId: '', destinationId: '' };
  const { data } = useAnswer(
    FilteredDestinationDocument,
    { customerId, destinationId },
    { isPaused: value === null },
  );
  if (value === null) return null;
  const found = data?.destination;
  if (found?.destinationId !== destinationId || found.customer.id !== customerId) return destinationId;
  return `${found.name ?? destinationId} · ${found.customer.name}`;
}
