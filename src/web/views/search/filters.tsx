import type { Address } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import type { DestinationType, SegmentStatus } from '../../generated/operations.js';
import { DESTINATION_TYPES, SEGMENT_STATUSES, chosen } from '../../parts/choices.js';
import { CustomerFilter } from '../../parts/customer-filter.js';
import { DestinationFilter } from '../../parts/destination-filter.js';
import { useTexts } from '../../texts/index.js';

/** What a search is narrowed to, as the address says it. */
export interface SearchFilter {
  readonly customerId: string | null;
  readonly destinationId: string | null;
  readonly type: DestinationType | null;
  readonly status: SegmentStatus | null;
}

/** The filter that an address asks for. What is not possible is left out. */
export function filterIn(query: Address['query']): SearchFilter {
  const { customer, destination, type, status } = query;
  return {
    customerId: customer ?? null,
    destinationId: destination ?? null,
    type: chosen(DESTINATION_TYPES, type),
    status: chosen(SEGMENT_STATUSES, status),
  };
}

/** Whether anything is left out. */
export function isFiltering({ customerId, destinationId, type, status }: SearchFilter): boolean {
  return [customerId, destinationId, type, status].some((each) => each !== null);
}

interface FiltersProps {
  readonly filter: SearchFilter;
  /** Changes the address. */
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void;
}

/** Narrows a search to a customer, a destination, a type and a status. */
export function Filters({ filter, onChange }: FiltersProps) {
  const { search, parts } = useTexts();
  const { customerCount } = useViewer();
  return (
    <div class="search-filters">
      {(customerCount > 1 || filter.customerId !== null) && (
        <CustomerFilter
          customerId={filter.customerId}
          onChoose={(customer) => onChange({ customer, destination: null })}
        />
      )}
      <DestinationFilter
        customerId={filter.customerId}
        destinationId={filter.destinationId}
        onChoose={(chosen) =>
          onChange(
            chosen === null
              ? { destination: null }
              : { customer: chosen.customerId, destination: chosen.destinationId },
          )
        }
      />
      <Menu
        label={search.type}
        none={search.allTypes}
        value={filter.type}
        values={DESTINATION_TYPES}
        words={parts.destinationType}
        onChoose={(type) => onChange({ type })}
      />
      <Menu
        label={search.status}
        none={search.allStatuses}
        value={filter.status}
        values={SEGMENT_STATUSES}
        words={parts.status}
        onChoose={(status) => onChange({ status })}
      />
    </div>
  );
}

interface MenuProps<T extends string> {
  readonly label: string;
  readonly none: string;
  readonly value: T | null;
  readonly values: readonly T[];
  readonly words: Readonly<Record<T, string>>;
  /** Called with what the address says, in lower case. */
  readonly onChoose: (value: string | null) => void;
}

function Menu<T extends string>({ label, none, value, values, words, onChoose }: MenuProps<T>) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select
        class="select"
        value={value ?? ''}
        onChange={({ currentTarget }) => onChoose(currentTarget.value.toLowerCase() || null)}
      >
        <option value="">{none}</option>
        {values.map((each) => (
          <option key={each} value={each}>
            {words[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
