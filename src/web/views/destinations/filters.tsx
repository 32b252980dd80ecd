import { useAddress, withQuery } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import type { SyncStatus } from '../../generated/operations.js';
import { DESTINATION_TYPES } from '../../parts/choices.js';
import { CustomerFilter } from '../../parts/customer-filter.js';
import { SyncWord } from '../../parts/words.js';
import { FIRST_PAGE } from '../../parts/use-paging.js';
import { useTypedText } from '../../parts/use-typed-text.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { STATUSES, type BoardFilter } from './filter.js';

/** How long a text that is typed waits, in milliseconds. */
const WAIT_MS = 160;

interface FiltersProps {
  readonly filter: BoardFilter;
  /** Number of destinations by status; `null`: not known yet. */
  readonly counts: readonly { readonly status: SyncStatus; readonly count: number }[] | null;
}

/** Narrows the board by a text, a customer, a type and a state. */
export function Filters({ filter, counts }: FiltersProps) {
  const { destinations, parts } = useTexts();
  const { customerCount } = useViewer();
  const { setQuery } = useAddress();
  const typed = useTypedText(
    filter.search,
    (q) => setQuery({ q, ...FIRST_PAGE }),
    () => WAIT_MS,
  );
  return (
    <>
      <form
        class="toolbar board-filters"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          typed.commit();
        }}
      >
        <label class="field">
          <span class="field-label">{destinations.search}</span>
          <input
            type="search"
            class="input"
            dir="auto"
            autoComplete="off"
            spellcheck={false}
            placeholder={destinations.searchHint}
            value={typed.text}
            onInput={({ currentTarget }) => typed.type(currentTarget.value)}
          />
        </label>
        {(customerCount > 1 || filter.customerId !== null) && (
          <CustomerFilter
            customerId={filter.customerId}
            onChoose={(customer) => setQuery({ customer, ...FIRST_PAGE }, true)}
          />
        )}
        <label class="field">
          <span class="field-label">{destinations.type}</span>
          <select
            class="select"
            value={filter.type ?? ''}
            onChange={({ currentTarget }) =>
              setQuery({ type: currentTarget.value.toLowerCase(), ...FIRST_PAGE }, true)
            }
          >
            <option value="">{destinations.allTypes}</option>
            {DESTINATION_TYPES.map((type) => (
              <option key={type} value={type}>
                {parts.destinationType[type]}
              </option>
            ))}
          </select>
        </label>
      </form>
      <StatusLinks filter={filter} counts={counts} />
    </>
  );
}

/** A link for each state, with the number of destinations that are in it. */
function StatusLinks({ filter, counts }: FiltersProps) {
  const { destinations } = useTexts();
  const format = useFormat();
  const { query } = useAddress();
  const addressOf = (status: string | null): string =>
    withQuery('/destinations', { ...query, ...FIRST_PAGE, status });
  const total = counts?.reduce((sum, { count }) => sum + count, 0);
  return (
    <nav class="board-statuses" aria-label={destinations.byStatus}>
      <a href={addressOf(null)} aria-current={filter.status.length === 0 ? 'true' : undefined}>
        {destinations.all}
        <Count count={total} />
      </a>
      {STATUSES.map((status) => {
        const count = counts?.find((each) => each.status === status)?.count;
        return (
          <a
            key={status}
            href={addressOf(status.toLowerCase())}
            aria-current={filter.status.includes(status) ? 'true' : undefined}
            data-none={count === 0}
          >
            <SyncWord status={status} />
            <Count count={count} />
          </a>
        );
      })}
    </nav>
  );

  function Count({ count }: { readonly count: number | undefined }) {
    return <span class="board-count">{count === undefined ? '–' : format.number(count)}</span>;
  }
}
