/** Separators of cells, most certain first. */
const SEPARATORS = ['\t', ';', ','] as const;

/** Titles of the column with the IDs, most certain first. */
const ID_TITLES = [/segment[ _-]?id|\bsid\b|mapping[ _-]?id/i, /\bids?\b|_id\b/i, /segment|mapping/i];

/** Rows of a sheet. */
interface Table {
  readonly columns: readonly string[];
  /** Number of the column that the cells are from; `null`: all columns. */
  readonly column: number | null;
  readonly cells: readonly string[];
}

/**
 * Reads rows with the same number of cells; `null` if the lines are no table.
 *
 * @param chosen as for `readPasted`
 */
export function readTable(lines: readonly string[], chosen: number | 'all' | null): Table | null {
  for (const separator of SEPARATORS) {
    const rows = lines.map((line) => line.split(separator).map((cell) => cell.trim()));
    const [first = []] = rows;
    if (rows.length < 2 || first.length < 2 || rows.some((row) => row.length !== first.length)) continue;
    const hasHeader = first.every((cell) => !isNumber(cell));
    const body = hasHeader ? rows.slice(1) : rows;
    // Numbers in all cells, between commas, are a list on several lines.
    if (separator !== '\t' && body.every((row) => row.every(isNumber)) && !hasHeader) continue;
    const columns = first.map((cell, index) => (hasHeader && cell !== '' ? cell : `${index + 1}: ${cell}`));
    const column = chosen === 'all' ? null : (chosen ?? likelyColumn(hasHeader ? first : null, body));
    const cells = body.flatMap((row) => (column === null ? row : [row[column] ?? '']));
    return { columns, column, cells };
  }
  return null;
}

function likelyColumn(titles: readonly string[] | null, rows: readonly (readonly string[])[]): number | null {
  for (const pattern of ID_TITLES) {
    const index = titles?.findIndex((title) => pattern.test(title)) ?? -1;
    if (index !== -1) return index;
  }
  const [first = []] = rows;
  const numbers = first.map(
    (_, index) => rows.filter((row) => isNumber(row[index] ?? '')).length * 2 > rows.length,
  );
  // If all have numbers, any of them may be the IDs.
  if (numbers.every(Boolean)) return null;
  const index = numbers.indexOf(true);
  return index === -1 ? null : index;
}

function isNumber(cell: string): boolean {
  return /^=?"?\d+"?$/.test(cell);
}
