import { useState } from 'preact/hooks';
import { useAnswer } from '../app/use-answer.js';
import { FilterCustomersDocument, FilteredCustomerDocument } from '../generated/operations.js';
import { useFormat, useTexts } from '../texts/index.js';
import { Picker } from './picker.js';

/** How many choices a list offers at most. */
const MOST = 50;

interface CustomerFilterProps {
  /** The ID of the customer that is chosen; `null`: none. */
  readonly customerId: string | null;
  readonly onChoose: (customerId: string | null) => void;
}

/** Chooses a customer by which a list is filtered, or all of them. */
export function CustomerFilter({ customerId, onChoose }: CustomerFilterProps) {
  const { parts } = useTexts();
  const format = useFormat();
  const [search, setSearch] = useState<string | null>(null);
  const { data, isLoading, isEarlier, problem } = useAnswer(
    FilterCustomersDocument,
    { search: search ?? '', first: MOST },
    { isPaused: search === null },
  );
  const picked = useAnswer(
    FilteredCustomerDocument,
    { id: customerId ?? '' },
    { isPaused: customerId === null },
  );
  const nodes = data?.customers?.nodes ?? [];
  const more = (data?.customers?.totalCount ?? 0) - nodes.length;
  const known = picked.data?.customer ?? null;
  return (
    <Picker
      label={parts.customer}
      none={parts.allCustomers}
      chosen={known?.id === customerId ? known.name : customerId}
      choices={nodes.map((customer) => ({
        key: customer.id,
        text: customer.name,
        ...(customer.name === customer.id ? {} : { more: customer.id }),
        value: customer.id,
      }))}
      isPending={isEarlier || (isLoading && data === null)}
      problem={problem}
      note={more > 0 ? parts.pickerMore(format.number(more)) : null}
      onType={setSearch}
      onChoose={onChoose}
    />
  );
}
