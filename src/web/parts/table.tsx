import type { AriaRole, ComponentChildren } from 'preact';

/** A column of a table. */
export interface Column<T> {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers are aligned to the right. */
  readonly isNumber?: boolean;
  /** The column that names the row: its cells are headers for screen readers, and stay in sight on narrow screens. */
  readonly isRowHeader?: boolean;
  /** Another class for its cells. */
  readonly class?: string;
}

interface TableProps<T> {
  /** What the table has, for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T, index: number) => string;
  /** Whether the rows answer an earlier question, and new ones are awaited. */
  readonly isEarlier?: boolean;
  /** On narrow screens each row becomes a card, whose cells have the titles of their columns beside them. */
  readonly isStacked?: boolean;
}

/** A table that scrolls sideways where it is wider than the screen. */
export function Table<T>({
  caption,
  columns,
  rows,
  rowKey,
  isEarlier = false,
  isStacked = false,
}: TableProps<T>) {
  // What is not laid out as a table any more is no table for screen readers either, unless it says so.
  const role = (name: AriaRole): AriaRole | undefined => (isStacked ? name : undefined);
  return (
    <div class="table-frame" role="region" aria-label={caption} tabIndex={0} data-earlier={isEarlier}>
      <table class={isStacked ? 'table table-stacked' : 'table'} role={role('table')}>
        <caption class="for-readers">{caption}</caption>
        <thead role={role('rowgroup')}>
          <tr role={role('row')}>
            {columns.map((column) => (
              <th key={column.id} scope="col" role={role('columnheader')} class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={role('rowgroup')}>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)} role={role('row')}>
              {columns.map((column) =>
                column.isRowHeader === true ? (
                  <th key={column.id} scope="row" role={role('rowheader')} class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.id}
                    role={role('cell')}
                    class={classOf(column)}
                    data-title={titleOf(column)}
                  >
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The title where it is plain text, as a card shows it. */
function titleOf<T>({ title }: Column<T>): string | undefined {
  return typeof title === 'string' ? title : undefined;
}

function classOf<T>({ isNumber, isRowHeader, class: more }: Column<T>): string {
  return [isNumber === true && 'is-number', isRowHeader === true && 'is-row-header', more]
    .filter(Boolean)
    .join(' ');
}
