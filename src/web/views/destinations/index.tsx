import { useEffect } from 'preact/hooks';
import { useAddress } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { DestinationsDocument } from '../../generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { searchWords } from '../../parts/marks.js';
import { NeedsPermission } from '../../parts/needs-permission.js';
import { Notice } from '../../parts/notice.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { usePaging } from '../../parts/use-paging.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import { BlindRefresh } from './blind-refresh.js';
import { Board } from './board.js';
import { filterIn, isFiltering } from './filter.js';
import { Filters } from './filters.js';
import './destinations.css';

/** Number of destinations on a page. */
const PAGE = 50;

/** How often the board is read again while it is looked at, in milliseconds. */
const EVERY_MS = 60_000;

/** The board of all destinations. */
export function DestinationsView() {
  const { destinations } = useTexts();
  const { may } = useViewer();
  return (
    <View title={destinations.title} intro={may('read') ? destinations.intro : undefined}>
      {may('refresh') && !may('read') ? (
        <BlindRefresh />
      ) : (
        <NeedsPermission permission="read">
          <Destinations />
        </NeedsPermission>
      )}
    </View>
  );
}

function Destinations() {
  const { destinations } = useTexts();
  const { query, go } = useAddress();
  const filter = filterIn(query);
  const paging = usePaging();
  const answer = useAnswer(DestinationsDocument, {
    search: filter.search,
    customerId: filter.customerId,
    type: filter.type === null ? null : [filter.type],
    status: filter.status.length === 0 ? null : [...filter.status],
    first: PAGE,
    after: paging.after,
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') answer.refresh();
    }, EVERY_MS);
    return () => clearInterval(timer);
  });
  const list = answer.data?.destinations ?? null;
  return (
    <>
      <Filters filter={filter} counts={list?.statusCounts ?? null} />
      <div class="stack">
        {answer.problem !== null && (
          <PageProblem problem={answer.problem} paging={paging} onRetry={answer.refresh} />
        )}
        {list === null && answer.problem === null && <Loading />}
        {list !== null && list.nodes.length === 0 && !answer.isEarlier && (
          <Nothing isNarrowed={isFiltering(filter)} onClear={() => go('/destinations')} />
        )}
        {list !== null && list.nodes.length > 0 && (
          <div class="stack" ref={paging.list} tabIndex={-1}>
            <Board
              destinations={list.nodes}
              words={searchWords(filter.search)}
              isEarlier={answer.isEarlier}
              onRefreshed={answer.refresh}
            />
            <Pager
              paging={paging}
              shown={list.nodes.length}
              total={list.totalCount}
              hasNext={list.pageInfo.hasNextPage}
              endCursor={list.pageInfo.endCursor}
            />
            <p class="muted small">{destinations.order}</p>
          </div>
        )}
      </div>
    </>
  );
}

function Nothing({ isNarrowed, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }) {
  const { nothing } = useTexts().destinations;
  if (!isNarrowed) {
    return (
      <Notice kind="calm" title={nothing.title}>
        <p>{nothing.text}</p>
      </Notice>
    );
  }
  return (
    <Notice kind="calm" title={nothing.filtered}>
      <p>
        <button type="button" class="button" onClick={onClear}>
          {nothing.clear}
        </button>
      </p>
    </Notice>
  );
}
