import { useMemo } from 'preact/hooks';
import { useAddress, withQuery } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { DestinationSegmentsDocument, type SyncStatus } from '../../generated/operations.js';
import { METADATA_SOURCES, SEGMENT_STATUSES, chosen } from '../../parts/choices.js';
import { Loading } from '../../parts/loading.js';
import { Notice } from '../../parts/notice.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useKnown } from '../../parts/use-known.js';
import { usePaging } from '../../parts/use-paging.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { Filters } from './filters.js';
import { useRereading, type PartProps } from './part.js';
import { SegmentsTable } from './segments-table.js';
import { momentIn } from './then.js';
import { useNamesAt } from './use-names-at.js';
import { useStatedIds } from './use-stated-ids.js';

/** Number of segments on a page. */
const PAGE = 50;

interface SegmentsProps extends PartProps {
  /** What the destination is called. */
  readonly name: string;
  readonly status: SyncStatus;
}

/** The segments of the destination: in pages, searched, filtered, and with their names at a date. */
export function Segments({ place, state, name, status: sync }: SegmentsProps) {
  const { destination: texts } = useTexts();
  const { may } = useViewer();
  const format = useFormat();
  const { path, query, setQuery } = useAddress();
  const status = chosen(SEGMENT_STATUSES, query['status']);
  const source = chosen(METADATA_SOURCES, query['source']);
  const search = query['q'] ?? '';
  const paging = usePaging();
  const answer = useAnswer(DestinationSegmentsDocument, {
    ...place,
    first: PAGE,
    after: paging.after,
    search: search.trim() === '' ? null : search,
    status: status === null ? null : [status],
    source,
  });
  useRereading(state, answer.refresh);
  const page = useKnown(answer.data?.destination?.segments ?? null, 'segments');
  const rows = page?.nodes ?? [];
  const at = momentIn(query['at']);
  const ids = useStatedIds(rows);
  const then = useNamesAt({ place, rows, ids, at });
  // Why Audience Manager could not be read is said above.
  const isToldAlready = answer.problem?.kind === 'upstream' && sync === 'FAILING';
  const isFiltered = search.trim() !== '' || status !== null || source !== null;
  const clearAddress = useMemo(() => withQuery(path, { at: query['at'] }), [path, query]);

  return (
    <section aria-label={texts.tabs.segments}>
      <Filters />
      {at !== null && (
        <div class="destination-then-notice">
          <Notice kind="warn" title={texts.then.title(format.day(at.day))}>
            <p>
              {texts.then.text}{' '}
              <button type="button" class="button-link" onClick={() => setQuery({ at: null }, true)}>
                {texts.then.back}
              </button>
            </p>
            {then.completeSince !== null && <p>{texts.then.incomplete(format.moment(then.completeSince))}</p>}
          </Notice>
        </div>
      )}
      {answer.problem !== null &&
        (isToldAlready ? (
          page === null && <p class="muted">{texts.noSegments.title}</p>
        ) : (
          <PageProblem problem={answer.problem} paging={paging} onRetry={answer.refresh} />
        ))}
      {then.problem !== null && <ProblemNotice problem={then.problem} onRetry={then.refresh} />}
      {page === null ? (
        answer.problem === null && <Loading />
      ) : page.totalCount === 0 && !answer.isEarlier ? (
        isFiltered ? (
          <Notice kind="calm" title={texts.noMatches.title}>
            <p>{texts.noMatches.text}</p>
            <p>
              <a href={clearAddress}>{texts.filter.clear}</a>
            </p>
          </Notice>
        ) : (
          <Notice kind="calm" title={texts.noSegments.title}>
            {sync !== 'MANUAL' && <p>{texts.noSegments.text}</p>}
            {may('import') && (
              <p>
                <a href={withQuery('/load', { ...place })}>{texts.noSegments.byHand}</a>
              </p>
            )}
          </Notice>
        )
      ) : (
        <div ref={paging.list} tabIndex={-1}>
          <SegmentsTable
            caption={texts.caption(name)}
            place={place}
            rows={rows}
            ids={ids}
            search={search}
            isEarlier={answer.isEarlier}
            then={at === null ? null : { day: at.day, names: then.names }}
          />
          <Pager
            paging={paging}
            shown={rows.length}
            total={page.totalCount}
            hasNext={page.pageInfo.hasNextPage}
            endCursor={page.pageInfo.endCursor}
          />
        </div>
      )}
    </section>
  );
}
