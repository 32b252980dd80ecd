import { useEffect, useRef } from 'preact/hooks';
import { useAnswer } from '../../app/use-answer.js';
import { SegmentHistoryDocument, type SegmentKey } from '../../generated/operations.js';
import { actsOf, changesBefore } from '../../parts/change-acts.js';
import { ChangeOrigin, ChangeWords } from '../../parts/change-words.js';
import { Loading } from '../../parts/loading.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { usePaging } from '../../parts/use-paging.js';
import { useFormat, useTexts } from '../../texts/index.js';

/** Number of changes on a page. */
const PAGE = 20;

interface HistoryCardProps {
  readonly segmentKey: SegmentKey;
  /** Goes up with each change that is made here: then the history is read again. */
  readonly changes: number;
}

/** What became of the segment, newest first. */
export function HistoryCard({ segmentKey, changes }: HistoryCardProps) {
  const { history: texts } = useTexts().segment;
  const format = useFormat();
  const paging = usePaging();
  // One more than is shown: the oldest one that is shown tells what was before it, too.
  const answer = useAnswer(SegmentHistoryDocument, {
    key: segmentKey,
    first: PAGE + 1,
    after: paging.after,
  });
  const seen = useRef(changes);
  useEffect(() => {
    if (seen.current !== changes) answer.refresh();
    seen.current = changes;
  }, [changes]);
  const history = answer.data?.lookupSegments?.[0]?.segment?.history ?? null;
  const edges = history?.edges ?? [];
  const shown = edges.slice(0, PAGE);
  const hasNext = edges.length > PAGE;
  const before = changesBefore(edges.map(({ node }) => node));
  return (
    <section class="segment-card" aria-labelledby="segment-history">
      <h2 id="segment-history">{texts.title}</h2>
      {answer.problem !== null && (
        <PageProblem problem={answer.problem} paging={paging} onRetry={answer.refresh} />
      )}
      {history === null && answer.problem === null && <Loading />}
      {history !== null && shown.length === 0 && <p class="muted">{texts.none}</p>}
      <div ref={paging.list} tabIndex={-1}>
        <ol class="segment-timeline" data-earlier={answer.isEarlier}>
          {actsOf(shown.map(({ node }) => node)).map((change) => (
            <li key={change.id} class={`segment-event segment-event-${change.kind.toLowerCase()}`}>
              <ChangeWords change={change} earlier={before.get(change.id) ?? null} />
              <ChangeOrigin change={change} />
            </li>
          ))}
        </ol>
      </div>
      {history !== null && history.completeSince !== null && !hasNext && (
        <p class="segment-meaning">{texts.incomplete(format.moment(history.completeSince))}</p>
      )}
      {history !== null && (paging.after !== null || hasNext) && (
        <Pager
          paging={paging}
          shown={shown.length}
          total={history.totalCount}
          hasNext={hasNext}
          endCursor={shown.at(-1)?.cursor ?? null}
        />
      )}
    </section>
  );
}
