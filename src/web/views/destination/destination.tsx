import { useAddress, withQuery } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { DestinationHeadDocument, DestinationSegmentsDocument } from '../../generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import type { DestinationPlace } from '../../parts/segment-key.js';
import { Trail } from '../../parts/trail.js';
import { useKnown } from '../../parts/use-known.js';
import { FIRST_PAGE } from '../../parts/use-paging.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import { Changes } from './changes.js';
import { DaysChart } from './days-chart.js';
import { ExportButtons } from './export-buttons.js';
import { Facts } from './facts.js';
import { RefreshButton } from './refresh-button.js';
import { Segments } from './segments.js';
import { SyncNotice } from './sync-notice.js';

/** The view of one destination. */
export function Destination({ place }: { readonly place: DestinationPlace }) {
  const { destination: texts, parts } = useTexts();
  const { query } = useAddress();
  const { may } = useViewer();
  const head = useAnswer(DestinationHeadDocument, place);
  const current = head.data?.destination ?? null;
  const known = useKnown(current, 'destination');
  const hasChanges = query['view'] === 'changes';
  // What was never read is read when its segments are asked for, and the list of changes does not do that.
  useAnswer(
    DestinationSegmentsDocument,
    { ...place, first: 0, after: null, search: null, status: null, source: null },
    { isPaused: !hasChanges || current?.sync.status !== 'NEVER' },
  );
  const trail = <Trail label={texts.trail} steps={[{ address: '/destinations', text: texts.all }]} />;

  if (known === null) {
    return (
      <>
        {trail}
        <View title={texts.number(place.destination)}>
          {head.problem !== null ? (
            <ProblemNotice problem={head.problem} onRetry={head.refresh} />
          ) : head.data === null ? (
            <Loading text={texts.loading} />
          ) : (
            <Notice kind="calm" title={texts.gone.title}>
              <p>{texts.gone.text}</p>
              <p>
                <a href="/destinations">{texts.gone.action}</a>
              </p>
            </Notice>
          )}
        </View>
      </>
    );
  }
  const isThere = current !== null;
  // After it was read, and after it was away, all is asked again.
  const state = isThere ? (known.sync.lastSuccessAt ?? 'never') : 'away';
  const { customer, name } = known;
  const title = name ?? texts.number(known.destinationId);
  return (
    <>
      <Trail
        label={texts.trail}
        steps={[
          { address: '/destinations', text: texts.all },
          {
            address: withQuery('/destinations', { customer: customer.id }),
            text: <Name text={customer.name} longest={null} />,
          },
        ]}
      />
      <View
        title={title}
        heading={name === null ? title : <Name text={name} />}
        intro={known.description === null ? undefined : <Name text={known.description} longest={300} />}
        actions={
          isThere && (
            <>
              {may('refresh') && known.sync.status !== 'MANUAL' && (
                <RefreshButton place={place} onFailed={head.refresh} />
              )}
              {may('read') && <ExportButtons place={place} />}
            </>
          )
        }
      >
        {!isThere && (
          <div class="destination-notice">
            <Notice kind="bad" title={texts.vanished.title}>
              <p>{texts.vanished.text}</p>
              <p class="notice-actions">
                <button type="button" class="button" onClick={head.refresh}>
                  {parts.retry}
                </button>
                <a href="/destinations">{texts.gone.action}</a>
              </p>
            </Notice>
          </div>
        )}
        {isThere && head.problem !== null && (
          <div class="destination-notice">
            <ProblemNotice problem={head.problem} onRetry={head.refresh} />
          </div>
        )}
        {isThere && <SyncNotice sync={known.sync} />}
        <div class="destination-summary">
          <Facts destination={known} />
          <DaysChart place={place} state={state} />
        </div>
        <Tabs hasChanges={hasChanges} />
        {hasChanges ? (
          <Changes place={place} state={state} />
        ) : (
          <Segments place={place} state={state} name={title} status={known.sync.status} />
        )}
      </View>
    </>
  );
}

function Tabs({ hasChanges }: { readonly hasChanges: boolean }) {
  const { tabs } = useTexts().destination;
  const { path, query } = useAddress();
  const addressOf = (view: string | null): string => withQuery(path, { ...query, view, ...FIRST_PAGE });
  return (
    <nav class="destination-tabs" aria-label={tabs.label}>
      <a href={addressOf(null)} aria-current={hasChanges ? undefined : 'page'}>
        {tabs.segments}
      </a>
      <a href={addressOf('changes')} aria-current={hasChanges ? 'page' : undefined}>
        {tabs.changes}
      </a>
    </nav>
  );
}
