import { useState } from 'preact/hooks';
import { Table, type Column } from '../../parts/table.js';
import { useFormat, useTexts } from '../../texts/index.js';

/** Number of rows that are shown at first. */
const FIRST = 50;

interface LongTableProps<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  /** Number of all rows, also of those that the gateway does not list. */
  readonly total: number;
  readonly rowKey: (row: T, index: number) => string;
}

/** A table that begins short. */
export function LongTable<T>({ caption, columns, rows, total, rowKey }: LongTableProps<T>) {
  const { load } = useTexts();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, FIRST);
  return (
    <>
      <Table caption={caption} columns={columns} rows={shown} rowKey={rowKey} />
      {(shown.length < total || isWhole) && (
        <p class="load-more small muted">
          {shown.length < total && load.firstOf(format.number(shown.length), format.number(total))}
          {shown.length < rows.length && (
            <button type="button" class="button" onClick={() => setWhole(true)}>
              {rows.length < total
                ? load.showFirst(format.number(rows.length))
                : load.showAll(format.number(rows.length))}
            </button>
          )}
        </p>
      )}
    </>
  );
}
