import { addressOfDestination, useAddress } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { ImportsPageDocument, type ImportsPageQuery } from '../../generated/operations.js';
import { DestinationPicker } from '../../parts/destination-picker.js';
import { Ago } from '../../parts/freshness.js';
import { Loading } from '../../parts/loading.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { PageProblem } from '../../parts/page-problem.js';
import { Pager } from '../../parts/pager.js';
import { Table } from '../../parts/table.js';
import { FIRST_PAGE, usePaging } from '../../parts/use-paging.js';
import { View } from '../../parts/view.js';
import { useFormat, useTexts } from '../../texts/index.js';
import './imports.css';

type Page = NonNullable<ImportsPageQuery['imports']>;
type Import = Page['nodes'][number];

/** Number of imports on a page. */
const FIRST = 50;

/** The list of imports, newest first. */
export function ImportsView() {
  const { imports, importOne } = useTexts();
  const { may } = useViewer();
  return (
    <View
      title={imports.title}
      intro={imports.intro}
      actions={
        may('import') && (
          <a class="button button-main" href="/load">
            {imports.empty.load}
          </a>
        )
      }
    >
      {may('read') ? (
        <ImportList />
      ) : (
        <Notice kind="calm" title={importOne.forbidden.title}>
          <p>{importOne.forbidden.text}</p>
        </Notice>
      )}
    </View>
  );
}

function ImportList() {
  const { imports } = useTexts();
  const { query, setQuery } = useAddress();
  const paging = usePaging();
  const { customer = '', destination = '' } = query;
  const isFiltered = customer !== '' && destination !== '';
  const { data, isLoading, isEarlier, problem, refresh } = useAnswer(ImportsPageDocument, {
    customerId: isFiltered ? customer : null,
    destinationId: isFiltered ? destination : null,
    first: FIRST,
    after: paging.after,
  });
  const page = data?.imports ?? null;
  return (
    <>
      <div class="toolbar">
        <DestinationPicker
          label={imports.destination}
          placeholder={imports.allDestinations}
          value={isFiltered ? { customerId: customer, destinationId: destination } : null}
          onChange={(chosen) =>
            setQuery(
              {
                customer: chosen?.customerId ?? null,
                destination: chosen?.destinationId ?? null,
                ...FIRST_PAGE,
              },
              true,
            )
          }
        />
      </div>
      <div class="stack">
        {problem !== null && <PageProblem problem={problem} paging={paging} onRetry={refresh} />}
        {page === null && isLoading && <Loading />}
        {page !== null && page.nodes.length > 0 && (
          <div class="stack" ref={paging.list} tabIndex={-1}>
            <ImportTable page={page} isEarlier={isEarlier} />
            <Pager
              paging={paging}
              shown={page.nodes.length}
              total={page.totalCount}
              hasNext={page.pageInfo.hasNextPage}
              endCursor={page.pageInfo.endCursor}
            />
          </div>
        )}
        {page?.nodes.length === 0 && problem === null && <Empty isFiltered={isFiltered} />}
      </div>
    </>
  );
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  const { imports } = useTexts();
  const { title, text } = isFiltered ? imports.emptyHere : imports.empty;
  return (
    <Notice kind="calm" title={title}>
      <p>{text}</p>
    </Notice>
  );
}

function ImportTable({ page, isEarlier }: { readonly page: Page; readonly isEarlier: boolean }) {
  const { imports, importOne } = useTexts();
  return (
    <Table
      caption={imports.table}
      rows={page.nodes}
      rowKey={({ id }) => id}
      isEarlier={isEarlier}
      columns={[
        {
          id: 'file',
          title: imports.file,
          isRowHeader: true,
          class: 'imports-file',
          cell: ({ id, fileName }) => (
            <a href={`/imports/${id}`}>
              {fileName === null ? importOne.noFile : <Name text={fileName} longest={60} />}
            </a>
          ),
        },
        { id: 'when', title: imports.when, class: 'imports-when', cell: ({ at }) => <Ago time={at} /> },
        {
          id: 'by',
          title: imports.by,
          class: 'imports-by',
          cell: ({ by }) => <Name text={by} longest={40} />,
        },
        {
          id: 'destination',
          title: imports.destination,
          cell: ({ destination: { destinationId, name, customer } }) => (
            <>
              <a href={addressOfDestination(customer.id, destinationId)}>
                <Name text={name ?? destinationId} longest={60} />
              </a>
              <span class="imports-customer">
                <Name text={customer.name} longest={40} /> · <Name text={destinationId} longest={40} />
              </span>
            </>
          ),
        },
        { id: 'counts', title: imports.counts, cell: ({ counts }) => <CountWords counts={counts} /> },
        { id: 'state', title: imports.state, cell: (each) => <State of={each} /> },
      ]}
    />
  );
}

const KINDS = ['created', 'renamed', 'updated', 'removed', 'kept', 'rejected'] as const;

function CountWords({ counts }: Pick<Import, 'counts'>) {
  const { imports, parts } = useTexts();
  const format = useFormat();
  const words = KINDS.filter((kind) => counts[kind] > 0).map((kind) =>
    imports.counted(format.number(counts[kind]), parts.importActs.counts[kind](counts[kind])),
  );
  if (words.length === 0) return <span class="muted">{imports.nothing}</span>;
  return <>{words.join(' · ')}</>;
}

function State({ of: { undoneAt } }: { readonly of: Import }) {
  const { imports } = useTexts();
  if (undoneAt === null) {
    return <span class="status status-active">{imports.inEffect}</span>;
  }
  return (
    <span class="imports-undone">
      {imports.undone} <Ago time={undoneAt} />
    </span>
  );
}
