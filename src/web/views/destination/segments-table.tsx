import type { ComponentChildren } from 'preact';
import { addressOfId } from '../../app/address.js';
import { Marked } from '../../parts/marked.js';
import { searchWords } from '../../parts/marks.js';
import { Name } from '../../parts/name.js';
import { bestIdOf, type DestinationPlace, type StatedId } from '../../parts/segment-key.js';
import { Table, type Column } from '../../parts/table.js';
import { StatusWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { SegmentRow } from './segment-row.js';
import type { Then } from './use-names-at.js';
import type { StatedIds } from './use-stated-ids.js';

interface SegmentsTableProps {
  readonly caption: string;
  readonly place: DestinationPlace;
  readonly rows: readonly SegmentRow[];
  readonly ids: StatedIds;
  /** What was searched for, which is marked. */
  readonly search: string;
  readonly isEarlier: boolean;
  /** What the segments were on a day in the past; `null`: nobody asked. */
  readonly then: { readonly day: string; readonly names: ReadonlyMap<string, Then> | null } | null;
}

/** A page of the segments of a destination. */
export function SegmentsTable(props: SegmentsTableProps) {
  const { caption, place, rows, ids, search, isEarlier, then } = props;
  const { destination: texts } = useTexts();
  const format = useFormat();
  const words = searchWords(search);
  const idColumn = (id: 'sid' | 'mappingId' | 'alias' | 'value', title: string): Column<SegmentRow>[] =>
    rows.some((row) => row[id] !== null)
      ? [{ id, title, class: 'destination-id', cell: (row) => <Id text={row[id]} words={words} /> }]
      : [];
  const thenOf = ({ id }: SegmentRow): Then | null => {
    const names = then?.names ?? null;
    return names === null ? null : (names.get(id) ?? 'untold');
  };
  // An ID whose kind nobody has stated is in no other column.
  const givenOf = (row: SegmentRow): string | null =>
    bestIdOf(row) === null ? (ids.get(row.id)?.id ?? null) : null;
  const columns: readonly Column<SegmentRow>[] = [
    {
      id: 'name',
      title: then === null ? texts.columns.name : texts.columns.now,
      isRowHeader: true,
      cell: (row) => <NameCell row={row} place={place} stated={ids.get(row.id)} words={words} />,
    },
    ...(then === null
      ? []
      : [
          {
            id: 'then',
            title: texts.columns.nameAt(format.day(then.day)),
            class: 'destination-then',
            cell: (row: SegmentRow) => <ThenName then={thenOf(row)} now={row.name} />,
          },
          {
            id: 'status-then',
            title: texts.columns.statusAt(format.day(then.day)),
            class: 'destination-then',
            cell: (row: SegmentRow) => <ThenStatus then={thenOf(row)} />,
          },
        ]),
    ...idColumn('sid', texts.columns.sid),
    ...idColumn('mappingId', texts.columns.mappingId),
    ...idColumn('alias', texts.columns.alias),
    ...idColumn('value', texts.columns.value),
    ...(rows.some((row) => givenOf(row) !== null)
      ? [
          {
            id: 'given',
            title: texts.columns.given,
            class: 'destination-id',
            cell: (row: SegmentRow) => <Id text={givenOf(row)} words={words} />,
          },
        ]
      : []),
    { id: 'status', title: texts.columns.status, cell: ({ status }) => <StatusWord status={status} /> },
  ];
  return (
    <Table
      caption={caption}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      isEarlier={isEarlier}
      isStacked
    />
  );
}

interface NameCellProps {
  readonly row: SegmentRow;
  readonly place: DestinationPlace;
  readonly stated: StatedId | undefined;
  readonly words: readonly string[];
}

function NameCell({ row, place, stated, words }: NameCellProps) {
  const { destination: texts, parts } = useTexts();
  const { name, description, source, isTrait } = row;
  const text =
    name === null ? <span class="muted">{parts.noName}</span> : <Marked text={name} words={words} />;
  return (
    <>
      {stated === undefined ? (
        text
      ) : (
        <a href={addressOfId(place.customer, place.destination, stated)}>{text}</a>
      )}
      {source === 'MANUAL' && <span class="destination-tag">{texts.byHand}</span>}
      {isTrait && <span class="destination-tag">{texts.trait}</span>}
      {description !== null && (
        <span class="destination-description">
          <Marked text={description} words={words} longest={120} />
        </span>
      )}
    </>
  );
}

function Id({
  text,
  words,
}: {
  readonly text: string | null;
  readonly words: readonly string[];
}): ComponentChildren {
  return text === null ? (
    <span class="muted destination-none">–</span>
  ) : (
    <Marked text={text} words={words} longest={40} />
  );
}

function ThenName({ then, now }: { readonly then: Then | null; readonly now: string | null }) {
  const { destination: texts, parts } = useTexts();
  if (then === null) return <span class="muted">…</span>;
  if (then === 'unknown' || then === 'untold') return <span class="muted">{texts.then[then]}</span>;
  const text = then.name === null ? <span class="muted">{parts.noName}</span> : <Name text={then.name} />;
  return then.name === now ? text : <strong class="destination-other">{text}</strong>;
}

function ThenStatus({ then }: { readonly then: Then | null }) {
  return then === null || typeof then === 'string' ? (
    <span class="muted">–</span>
  ) : (
    <StatusWord status={then.status} />
  );
}
