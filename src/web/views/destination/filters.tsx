import { useAddress } from '../../app/address.js';
import { METADATA_SOURCES, SEGMENT_STATUSES, chosen } from '../../parts/choices.js';
import { FIRST_PAGE } from '../../parts/use-paging.js';
import { useTypedText } from '../../parts/use-typed-text.js';
import { useTexts } from '../../texts/index.js';
import { lastPastDay, momentIn } from './then.js';

/** How long a text waits after the last key before it is searched for, in milliseconds. */
const WAIT_MS = 200;

/** The same for a short text, which is in many names, and seldom all of what is typed. */
const SHORT_WAIT_MS = 500;

/** What of the segments is shown. All of it is in the address. */
export function Filters() {
  const { destination: texts, parts } = useTexts();
  const { query, setQuery } = useAddress();
  const typed = useTypedText(
    query['q'] ?? '',
    (q) => setQuery({ q, ...FIRST_PAGE }),
    (text) => (text.trim().length < 3 ? SHORT_WAIT_MS : WAIT_MS),
  );
  const at = query['at'] ?? '';
  const isWrongDay = at !== '' && momentIn(at) === null;
  return (
    <form
      class="toolbar destination-filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        typed.commit();
      }}
    >
      <label class="field destination-search">
        <span class="field-label">{texts.filter.search}</span>
        <input
          type="search"
          class="input"
          dir="auto"
          placeholder={texts.filter.placeholder}
          value={typed.text}
          onInput={({ currentTarget }) => typed.type(currentTarget.value)}
        />
      </label>
      <label class="field">
        <span class="field-label">{texts.filter.status}</span>
        <select
          class="select"
          value={chosen(SEGMENT_STATUSES, query['status']) ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setQuery({ status: value.toLowerCase(), ...FIRST_PAGE }, true)
          }
        >
          <option value="">{texts.filter.anyStatus}</option>
          {SEGMENT_STATUSES.map((status) => (
            <option key={status} value={status}>
              {parts.status[status]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">{texts.filter.source}</span>
        <select
          class="select"
          value={chosen(METADATA_SOURCES, query['source']) ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setQuery({ source: value.toLowerCase(), ...FIRST_PAGE }, true)
          }
        >
          <option value="">{texts.filter.anySource}</option>
          {METADATA_SOURCES.map((source) => (
            <option key={source} value={source}>
              {texts.filter[`source_${source}`]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-label">{texts.filter.at}</span>
        <input
          type="date"
          class="input"
          max={lastPastDay()}
          value={at}
          aria-invalid={isWrongDay}
          aria-describedby="destination-at-mistake"
          onChange={({ currentTarget }) => setQuery({ at: currentTarget.value }, true)}
        />
        <span id="destination-at-mistake" class="field-mistake" role="alert">
          {isWrongDay && texts.then.future}
        </span>
      </label>
    </form>
  );
}
