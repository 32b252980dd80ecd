import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const RESULTS = new URL('../results.json', import.meta.url);
const README = new URL('../README.md', import.meta.url);
const BEGIN = '<!-- results: begin -->';
const END = '<!-- results: end -->';

/** What numbers depend on. */
export function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
  };
}

/** Columns of what was measured on each database engine. */
export const ENGINE_COLUMNS = [
  { key: 'sqlite', title: 'SQLite' },
  { key: 'postgres', title: 'PostgreSQL' },
  { key: 'unit', title: '' },
  { key: 'goal', title: 'goal' },
];

/**
 * Plain enough for a terminal, and Markdown.
 *
 * @param columns `key` in each row and `title`; a row's `what` comes first. A `goal` has a `text`, and says in
 * `missed` what of it was missed, if anything
 */
export function tableOf({ columns, rows }) {
  const head = ['', ...columns.map(({ title }) => title)];
  const cells = rows.map((row) => [row.what, ...columns.map(({ key }) => textOf(row[key]))]);
  const isNumber = [
    false,
    ...columns.map(({ key }) => rows.some((row) => row[key] === null || typeof row[key] === 'number')),
  ];
  const widths = head.map((_, column) => Math.max(3, ...[head, ...cells].map((row) => row[column].length)));
  const lines = [head, ...cells].map((row) =>
    row.map((cell, column) =>
      isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    ),
  );
  const rule = widths.map((width, column) =>
    isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [first, ...body] = lines;
  return [first, rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What a section measured: remarks, then its tables under their titles. */
export function textOfSection({ notes = [], tables }, head = []) {
  const remarks = [...head, ...notes].join(' ');
  const shown = tables.flatMap((table) => [...(table.title ? [`${table.title}:`] : []), tableOf(table)]);
  return [...(remarks === '' ? [] : [remarks]), ...shown].join('\n\n');
}

/** Keeps the results of sections in place of their former ones, and shows all in this folder's README. */
export async function saveResults(sections) {
  const { sections: former } = JSON.parse(await readFile(RESULTS, 'utf8'));
  const all = { ...former, ...sections };
  await writeFormatted(RESULTS, JSON.stringify({ sections: all }, null, 2));
  const readme = await readFile(README, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`bench/README.md lacks ${BEGIN} or ${END}`);
  const texts = Object.values(all).map(
    (section) => `**${section.about}**\n\n${textOfSection(section, [headOf(section)])}`,
  );
  await writeFormatted(README, [before, BEGIN, `\n\n${texts.join('\n\n')}\n\n`, END, after].join(''));
}

/** As `npm run lint` wants it. */
async function writeFormatted(url, text) {
  const filepath = fileURLToPath(url);
  await writeFile(url, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}

function headOf({ date, cpu, cores, node, quick }) {
  return `${date}, ${cpu}, ${cores} cores, Node.js ${node}${quick ? ', a tenth of the data' : ''}.`;
}

/** A goal of less than a number, as a row shows it. */
export function goalBelow(most, values) {
  return { text: `< ${most}`, missed: values.some((value) => value >= most) ? 'missed' : '' };
}

/** Three digits that count. */
function textOf(value) {
  if (value === undefined) return '';
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return `${value.text}${value.missed ? `, ${value.missed}` : ''}`;
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
