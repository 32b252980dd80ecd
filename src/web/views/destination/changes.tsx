import { useMemo } from 'preact/hooks';
import { useAddress, withQuery } from '../../app/address.js';
import { useAnswer } from '../../app/use-answer.js';
import { DestinationChangeCountsDocument, DestinationChangesDocument } from '../../generated/operations.js';
import { chosen } from '../../parts/choices.js';
import { Loading } from '../../parts/loading.js';
import { Notice } from '../../parts/notice.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { useKnown } from '../../parts/use-known.js';
import { FIRST_PAGE, usePaging } from '../../parts/use-paging.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { ChangeList } from './change-list.js';
import { useRereading, type PartProps } from './part.js';
import { useEarlier } from './use-earlier.js';

/** Number of changes on a page. */
const PAGE = 50;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The periods, by their names in the address. */
const PERIODS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;

type Period = keyof typeof PERIODS;

const PERIOD_NAMES = Object.keys(PERIODS) as Period[];

/** What changed in the last day, week or month. */
export function Changes({ place, state }: PartProps) {
  const { destination: texts } = useTexts();
  const format = useFormat();
  const { query } = useAddress();
  const paging = usePaging();
  const period = chosen(PERIOD_NAMES, query['period']) ?? 'week';
  // The same moments until the destination is read anew: pages of one list have to begin at the same one.
  const since = useMemo(() => momentsBefore(Date.now()), [state]);
  const answer = useAnswer(DestinationChangesDocument, {
    ...place,
    since: since[period],
    first: PAGE,
    after: paging.after,
  });
  useRereading(state, answer.refresh);
  const page = useKnown(answer.data?.destination?.changes ?? null, 'changes');
  const changes = page?.nodes ?? [];
  const earlier = useEarlier(place, changes);
  const isIncomplete =
    page?.completeSince !== undefined &&
    page.completeSince !== null &&
    Date.parse(page.completeSince) > Date.parse(since[period]);

  return (
    <section aria-label={texts.tabs.changes}>
      <Periods {...{ place, period, since, state }} />
      {answer.problem !== null && (
        <PageProblem problem={answer.problem} paging={paging} onRetry={answer.refresh} />
      )}
      {isIncomplete && page.completeSince !== null && (
        <p class="destination-note">{texts.changes.incomplete(format.moment(page.completeSince))}</p>
      )}
      {page === null ? (
        answer.problem === null && <Loading />
      ) : page.totalCount === 0 && !answer.isEarlier ? (
        <Notice kind="calm" title={texts.changes.none.title}>
          <p>{texts.changes.none.text}</p>
        </Notice>
      ) : (
        <div ref={paging.list} tabIndex={-1}>
          <ChangeList
            place={place}
            changes={changes}
            earlier={earlier}
            isEarlier={answer.isEarlier}
            hasBefore={paging.before > 0}
            hasAfter={page.pageInfo.hasNextPage}
          />
          <Pager
            paging={paging}
            shown={changes.length}
            total={page.totalCount}
            hasNext={page.pageInfo.hasNextPage}
            endCursor={page.pageInfo.endCursor}
          />
        </div>
      )}
    </section>
  );
}

type Moments = Readonly<Record<Period, string>>;

/** The beginning of each period. */
function momentsBefore(now: number): Moments {
  const before = (period: Period): string => new Date(now - PERIODS[period]).toISOString();
  return { day: before('day'), week: before('week'), month: before('month') };
}

interface PeriodsProps extends PartProps {
  readonly period: Period;
  readonly since: Moments;
}

/** Leads to the periods, each with the number of its changes. */
function Periods({ place, period, since, state }: PeriodsProps) {
  const { changes } = useTexts().destination;
  const format = useFormat();
  const { path, query } = useAddress();
  const answer = useAnswer(DestinationChangeCountsDocument, { ...place, ...since });
  useRereading(state, answer.refresh);
  const counts = useKnown(answer.data?.destination ?? null, 'counts');
  return (
    <nav class="destination-periods" aria-label={changes.periods}>
      {PERIOD_NAMES.map((each) => {
        const count = counts?.[each]?.totalCount ?? null;
        return (
          <a
            key={each}
            href={withQuery(path, { ...query, period: each, ...FIRST_PAGE })}
            aria-current={each === period ? 'page' : undefined}
          >
            <span>{changes[each]}</span>{' '}
            <span class="destination-count">
              {count === null ? '…' : changes.count(count, format.number(count))}
            </span>
          </a>
        );
      })}
    </nav>
  );
}
