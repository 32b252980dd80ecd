import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { URL } from 'node:url';

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

/** Plain enough for a terminal, and Markdown. */
export function tableOf(rows) {
  const cells = rows.map((row) => [
    row.what,
    numberOf(row.sqlite),
    numberOf(row.postgres),
    row.unit,
    row.goal === undefined ? '' : `< ${row.goal}${isMissed(row) ? ', missed' : ''}`,
  ]);
  const table = [['', 'SQLite', 'PostgreSQL', '', 'goal'], ...cells];
  const widths = table[0].map((_, column) => Math.max(3, ...table.map((row) => row[column].length)));
  const isNumber = (column) => column === 1 || column === 2;
  const lines = table.map((row) =>
    row.map((cell, column) =>
      isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    ),
  );
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [head, ...body] = lines;
  return [head, rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Keeps the results beside this folder's README, and shows them in it. */
export async function saveResults(results) {
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  const readme = await readFile(README, 'utf8');
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`bench/README.md lacks ${BEGIN} or ${END}`);
  const sections = Object.values(results.sections).map(
    ({ about, rows }) => `**${about}**\n\n${tableOf(rows)}`,
  );
  const head = `${results.date}, ${results.cpu}, ${results.cores} cores, Node.js ${results.node}${results.quick ? ', a tenth of the data' : ''}.`;
  await writeFile(
    README,
    [before, BEGIN, `\n\n${[head, ...sections].join('\n\n')}\n\n`, END, after].join(''),
  );
}

function isMissed({ goal, sqlite, postgres }) {
  return [sqlite, postgres].some((value) => value !== undefined && value >= goal);
}

/** Three digits that count. */
function numberOf(value) {
  if (value === undefined || value === null) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
