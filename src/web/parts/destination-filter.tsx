import { useState } from 'preact/hooks';
import { useAnswer } from '../app/use-answer.js';
import { FilterDestinationsDocument, FilteredDestinationDocument } from '../generated/operations.js';
import { useFormat, useTexts } from '../texts/index.js';
import { Picker } from './picker.js';

/** How many choices a list offers at most. */
const MOST = 50;

/** A destination, by the IDs that name it. */
export interface DestinationIds {
  readonly customerId: string;
  readonly destinationId: string;
}

interface DestinationFilterProps {
  /** The customer whose destinations are offered; `null`: those of all. */
  readonly customerId: string | null;
  /** The ID of the destination that is chosen; `null`: none. */
  readonly destinationId: string | null;
  readonly onChoose: (destination: DestinationIds | null) => void;
}

/** Chooses a destination by which a list is filtered, or all of them. */
export function DestinationFilter({
  customerId,

  destinationId,
  onChoose,
}: DestinationFilterProps) {
  const { parts } = useTexts();
  const format = useFormat();
  const [search, setSearch] = useState<string | null>(null);
  const { data, isLoading, isEarlier, problem } = useAnswer(
    FilterDestinationsDocument,
    { search: search ?? '', customerId, first: MOST },
    { isPaused: search === null },
  );
  const picked = useAnswer(
    FilteredDestinationDocument,
    { customerId, destinationId: destinationId ?? '' },
    { isPaused: destinationId === null },
  );
  const nodes = data?.destinations?.nodes ?? [];
  const more = (data?.destinations?.totalCount ?? 0) - nodes.length;
  const chosen = picked.data?.destination ?? null;
  return (
    <Picker
      label={parts.destination}
      none={parts.allDestinations}
      chosen={chosen?.destinationId === destinationId ? (chosen.name ?? destinationId) : destinationId}
      choices={nodes.map(({ id, name, destinationId: its, customer }) => ({
        key: id,
        text: name ?? its,
        more: [name === null ? parts.noName : its, ...(customerId === null ? [customer.name] : [])].join(
          ' · ',
        ),
        value: { customerId: customer.id, destinationId: its },
      }))}
      isPending={isEarlier || (isLoading && data === null)}
      problem={problem}
      note={more > 0 ? parts.pickerMore(format.number(more)) : null}
      onType={setSearch}
      onChoose={onChoose}
    />
  );
}
