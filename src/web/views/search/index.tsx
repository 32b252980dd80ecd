import { useRef } from 'preact/hooks';
import { useAddress } from '../../app/address.js';
import { useAnswer } from '../../app/use-answer.js';
import { SearchDocument } from '../../generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { searchWords } from '../../parts/marks.js';
import { NeedsPermission } from '../../parts/needs-permission.js';
import { Notice } from '../../parts/notice.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { FIRST_PAGE, usePaging } from '../../parts/use-paging.js';
import { View } from '../../parts/view.js';
import { useTypedText } from '../../parts/use-typed-text.js';
import { useTexts } from '../../texts/index.js';
import { Filters, filterIn, isFiltering } from './filters.js';
import { Results, focusFirstResult } from './results.js';
import { Unread } from './unread.js';
import { useSlash } from './use-slash.js';
import './search.css';

/** Number of results on a page. */
const PAGE = 50;

/** Words of fewer characters are in no index, and may take long. */
const INDEXED = 3;

/** Searches all segments that the person may see, as one types. */
export function SearchView() {
  const { search } = useTexts();
  return (
    <View title={search.title} intro={search.intro}>
      <NeedsPermission permission="read">
        <Search />
      </NeedsPermission>
    </View>
  );
}

function Search() {
  const { search } = useTexts();
  const { query, setQuery } = useAddress();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  useSlash(field);

  const filter = filterIn(query);
  const asked = query['q'] ?? '';
  const words = searchWords(asked);
  const isAsking = words.length > 0 || isFiltering(filter);
  const typed = useTypedText(asked, (q) => setQuery({ q, ...FIRST_PAGE }), waitFor);
  const paging = usePaging();
  const answer = useAnswer(
    SearchDocument,
    {
      text: asked.trim(),
      customerId: filter.customerId,
      destinationId: filter.destinationId,
      type: filter.type === null ? null : [filter.type],
      status: filter.status === null ? null : [filter.status],
      first: PAGE,
      after: paging.after,
    },
    { isPaused: !isAsking },
  );
  const found = isAsking ? (answer.data?.searchSegments ?? null) : null;
  const change = (changes: Readonly<Record<string, string | null>>): void =>
    setQuery({ ...changes, ...FIRST_PAGE }, true);
  return (
    <>
      <form
        class="search-form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          typed.commit();
        }}
      >
        <div class="search-field">
          <label class="for-readers" for="search-text">
            {search.label}
          </label>
          <input
            ref={field}
            id="search-text"
            type="search"
            class="input search-input"
            autoFocus
            autoComplete="off"
            spellcheck={false}
            dir="auto"
            placeholder={search.placeholder}
            aria-describedby="search-keys"
            value={typed.text}
            onInput={({ currentTarget }) => typed.type(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown' && focusFirstResult(list)) event.preventDefault();
            }}
          />
          <p id="search-keys" class="search-keys">
            {search.keys.map(({ key, does }) => (
              <span key={key}>
                <kbd>{key}</kbd> {does}
              </span>
            ))}
          </p>
        </div>
        <Filters filter={filter} onChange={change} />
      </form>
      <div class="stack">
        {answer.problem !== null && isAsking && (
          <PageProblem problem={answer.problem} paging={paging} onRetry={answer.refresh} />
        )}
        {!isAsking && <Start />}
        {isAsking && found === null && answer.problem === null && <Loading text={search.searching} />}
        {found !== null && (
          <>
            {found.nodes.length > 0 ? (
              <div class="stack" ref={paging.list} tabIndex={-1}>
                <Results
                  segments={found.nodes}
                  words={words}
                  isEarlier={answer.isEarlier}
                  field={field}
                  list={list}
                />
                <Pager
                  paging={paging}
                  shown={found.nodes.length}
                  total={found.totalCount}
                  hasNext={found.pageInfo.hasNextPage}
                  endCursor={found.pageInfo.endCursor}
                />
              </div>
            ) : (
              !answer.isEarlier &&
              answer.problem === null && (
                <Nothing
                  isFiltering={isFiltering(filter)}
                  onClear={() => change({ customer: null, destination: null, type: null, status: null })}
                />
              )
            )}
            <Unread destinations={found.unread} onRetry={answer.refresh} />
          </>
        )}
      </div>
    </>
  );

  function waitFor(text: string): number {
    return searchWords(text).every((word) => Array.from(word).length < INDEXED) ? 450 : 160;
  }
}

/** What is shown before anything is asked. */
function Start() {
  const { search } = useTexts();
  return (
    <div class="card search-start">
      <h2>{search.start.title}</h2>
      <ul>
        {search.start.hints.map((hint) => (
          <li key={hint}>{hint}</li>
        ))}
      </ul>
    </div>
  );
}

function Nothing({
  isFiltering: isNarrowed,
  onClear,
}: {
  readonly isFiltering: boolean;
  readonly onClear: () => void;
}) {
  const { search } = useTexts();
  return (
    <Notice kind="calm" title={search.nothing.title}>
      <p>{search.nothing.text}</p>
      {isNarrowed && (
        <p>
          <button type="button" class="button" onClick={onClear}>
            {search.nothing.clear}
          </button>
        </p>
      )}
    </Notice>
  );
}
