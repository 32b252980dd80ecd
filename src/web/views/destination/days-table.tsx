import { useState } from 'preact/hooks';
import { Table, type Column } from '../../parts/table.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { Day } from './days.js';

/** The numbers that the drawings show, newest first. */
export function DaysTable({ days }: { readonly days: readonly Day[] }) {
  const { chart } = useTexts().destination;
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const number = (id: string, title: string, valueOf: (day: Day) => number | null): Column<Day> => ({
    id,
    title,
    isNumber: true,
    cell: (day) => {
      const value = valueOf(day);
      return value === null ? '–' : value === 0 ? <span class="muted">0</span> : format.number(value);
    },
  });
  const columns: readonly Column<Day>[] = [
    { id: 'date', title: chart.date, isRowHeader: true, cell: ({ date }) => format.day(date) },
    number('segments', chart.segments, ({ segmentCount }) => segmentCount),
    number('total', chart.total, ({ total }) => total),
    number('created', chart.created, ({ created }) => created),
    number('renamed', chart.renamed, ({ renamed }) => renamed),
    number('described', chart.described, ({ described }) => described),
    number('status', chart.statusChanged, ({ statusChanged }) => statusChanged),
    number('removed', chart.removed, ({ removed }) => removed),
    number('restored', chart.restored, ({ restored }) => restored),
  ];
  return (
    <details class="destination-days" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{chart.table}</summary>
      {isOpen && (
        <>
          <p class="destination-note">{chart.utc}</p>
          <Table
            caption={chart.title}
            columns={columns}
            rows={days.toReversed()}
            rowKey={({ date }) => date}
          />
        </>
      )}
    </details>
  );
}
