import { addressOfDestination } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import type { DestinationsItemFragment } from '../../generated/operations.js';
import { Marked } from '../../parts/marked.js';
import { Table, type Column } from '../../parts/table.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { IdKinds } from './id-kinds.js';
import { RefreshButton } from './refresh-button.js';
import { State, Times } from './state.js';
import { TypeWords } from './type-words.js';

interface BoardProps {
  readonly destinations: readonly DestinationsItemFragment[];
  /** The words that were searched for. */
  readonly words: readonly string[];
  readonly isEarlier: boolean;
  /** Called after somebody had a destination read. */
  readonly onRefreshed: () => void;
}

/** The table of destinations. */
export function Board({ destinations, words, isEarlier, onRefreshed }: BoardProps) {
  const texts = useTexts().destinations;
  const format = useFormat();
  const { may } = useViewer();
  const columns: Column<DestinationsItemFragment>[] = [
    {
      id: 'name',
      title: texts.destination,
      isRowHeader: true,
      class: 'board-name',
      cell: (destination) => <Title destination={destination} words={words} />,
    },
    { id: 'type', title: texts.type, class: 'board-types', cell: ({ type }) => <TypeWords type={type} /> },
    { id: 'state', title: texts.state, class: 'board-state', cell: ({ sync }) => <State sync={sync} /> },
    {
      id: 'segments',
      title: texts.segments,
      isNumber: true,
      cell: ({ sync }) => format.number(sync.segmentCount),
    },
    { id: 'times', title: texts.read, class: 'board-read', cell: ({ sync }) => <Times sync={sync} /> },
    {
      id: 'ids',
      title: texts.ids.title,
      class: 'board-ids',
      cell: (destination) => <IdKinds destination={destination} />,
    },
  ];
  if (may('refresh')) {
    columns.push({
      id: 'refresh',
      title: <span class="for-readers">{texts.refresh}</span>,
      class: 'board-action',
      cell: (destination) =>
        destination.sync.status === 'MANUAL' ? null : (
          <RefreshButton destination={destination} onDone={onRefreshed} />
        ),
    });
  }
  return (
    <Table
      caption={texts.caption}
      columns={columns}
      rows={destinations}
      rowKey={({ id }) => id}
      isEarlier={isEarlier}
      isStacked
    />
  );
}

interface TitleProps {
  readonly destination: DestinationsItemFragment;
  readonly words: readonly string[];
}

function Title({ destination, words }: TitleProps) {
  const { parts, destinations } = useTexts();
  const { name, destinationId, customer, active } = destination;
  return (
    <>
      <a href={addressOfDestination(customer.id, destinationId)}>
        <Marked text={name ?? destinationId} words={words} longest={120} />
      </a>
      {name === null && <span class="muted small"> ({parts.noName})</span>}
      <p class="board-more">
        <Marked text={customer.name} words={words} longest={80} /> ·{' '}
        <span class="mono">
          <Marked text={destinationId} words={words} longest={40} />
        </span>
      </p>
      {active === false && <p class="board-more">{destinations.inactive}</p>}
    </>
  );
}
