import { equal, ok } from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { createReadStream } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { stringify } from 'yaml';
import { onCore } from '../support/cores.mjs';
import { createFolder } from '../support/processes.mjs';
import { median } from '../support/statistics.mjs';

export const about = 'Annotating a file of 1,000,000 lines with 3 segments each, on one core';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LINES = 1_000_000;
const LARGE = 36;
const SEGMENTS = 5_000;
const ROUNDS = 3;
const CORE = 1;
const GOAL_LINES = 300_000;
const GOAL_MIB = 256;

/** Lines per second and memory, beside what reading the file alone takes. */
export async function compare({ scale, rounds: roundsOf, progress }) {
  const folder = await createFolder();
  const rounds = roundsOf(ROUNDS);
  const lines = scale(LINES);
  const inFolder = (name) => join(folder.path, name);
  try {
    await prepare(inFolder, lines);
    const expected = lines * 3;
    const measured = [];
    let startSeconds = 0;
    const add = async (what, file, words, count, check, times = rounds) => {
      const runs = [];
      for (let round = 0; round < times; round++) runs.push(await run(words, file, folder.path, check));
      const seconds = median(runs.map((one) => one.seconds));
      // A program that ends at once was hardly seen: its time is the elapsed one.
      const own =
        seconds > startSeconds + 0.05 ? seconds - startSeconds : median(runs.map((one) => one.elapsed));
      const perSecond = Math.round(count / own);
      const peak = Math.max(...runs.map(({ peakMiB }) => peakMiB));
      progress(`${what}: ${perSecond} lines/s`);
      measured.push({ what, perSecond, elapsed: median(runs.map((one) => one.elapsed)), peak });
    };
    const annotated = (...more) => [process.execPath, PROGRAM, 'annotate', ...more, '--destination', '900'];
    const isComplete = (stderr) =>
      ok(stderr.includes(`${expected} segments, ${SEGMENTS} different IDs, ${SEGMENTS} of them`), stderr);
    await writeFile(inFolder('empty.sync'), '');
    const starts = [];
    for (let round = 0; round < rounds; round++) {
      starts.push(await run(annotated(inFolder('empty.sync')), null, folder.path));
    }
    await add('`cat`', null, ['cat', inFolder('users.sync')], lines);
    await add('`zcat`', null, ['zcat', inFolder('users.sync.gz')], lines);
    startSeconds = median(starts.map(({ seconds }) => seconds));
    await add('a file, as NDJSON', 'out', annotated(inFolder('users.sync')), lines, isComplete);
    await checkOutput(inFolder('out'), lines);
    await add(
      'a file, as CSV',
      null,
      annotated(inFolder('users.sync'), '--format', 'csv'),
      lines,
      isComplete,
    );
    await add('a packed file, as NDJSON', null, annotated(inFolder('users.sync.gz')), lines, isComplete);
    await add(
      'a file of JSON lines',
      null,
      annotated(inFolder('json.sync'), '--template', 'json'),
      lines,
      isComplete,
    );
    await add(
      'a table, one segment in a row',
      null,
      annotated(inFolder('table.csv'), '--column', 'segment_id'),
      lines,
    );
    const large = Array.from({ length: LARGE }, () => inFolder('users.sync'));
    await repeat(large, inFolder('large.sync'));
    const size = (await stat(inFolder('large.sync'))).size / 2 ** 30;
    await add(
      `a file of ${size.toFixed(1)} GiB`,
      null,
      annotated(inFolder('large.sync')),
      LARGE * lines,
      undefined,
      1,
    );
    return {
      notes: [
        `Lines a second of processor time, on one core; the names of ${SEGMENTS} segments come from SQLite. The start of the program (${startSeconds.toFixed(1)} s) does not count.`,
      ],
      tables: [
        {
          columns: [
            { key: 'perSecond', title: 'lines/s' },
            { key: 'elapsed', title: 'elapsed, s' },
            { key: 'peak', title: 'memory, MiB' },
            { key: 'goal', title: 'goal' },
          ],
          rows: measured.map((row) => ({
            ...row,
            ...(row.what.startsWith('`') ? {} : { goal: goalOf(row) }),
          })),
        },
      ],
    };
  } finally {
    await folder.remove();
  }
}

function goalOf({ perSecond, peak }) {
  const missed = [
    ...(perSecond < GOAL_LINES ? ['too slow'] : []),
    ...(peak > GOAL_MIB ? ['too much memory'] : []),
  ];
  return {
    text: `${GOAL_LINES.toLocaleString('en')} lines/s, ${GOAL_MIB} MiB`,
    ...(missed.length > 0 && { missed: missed.join(', ') }),
  };
}

/** Writes the files, and imports names for their segments. */
async function prepare(inFolder, lines) {
  const config = {
    storage: { sqlite: inFolder('names.db') },
    customers: [{ id: 'bench', destinations: [{ id: 900, segmentIdType: 'SID' }] }],
  };
  await writeFile(inFolder('gateway.yaml'), stringify(config));
  const names = Array.from(
    { length: SEGMENTS },
    (_, index) => `${idOf(index)},Cart abandoners of campaign ${index} – last 7 days`,
  );
  await writeFile(inFolder('names.csv'), ['sid,name', ...names].join('\n'));
  const flags = ['import', inFolder('names.csv'), '--customer', 'bench', '--destination', '900'];
  await run([process.execPath, PROGRAM, ...flags], null, inFolder('.'), () => undefined);
  const three = (line) => [line, 7 * line, 13 * line].map((index) => idOf(index % SEGMENTS));
  await writeLines(inFolder('users.sync'), lines, (line) => {
    const [a, b, c] = three(line);
    return `${userOf(line)}  ${a},${b}  ${c}`;
  });
  await writeLines(inFolder('json.sync'), lines, (line) => {
    const data = three(line).map((id) => `{"Name":"${id}"}`);
    return `{"TDID":"${userOf(line)}","Data":[${data.join(',')}]}`;
  });
  await writeLines(inFolder('table.csv'), lines, (line) =>
    line === 0 ? 'day,segment_id,clicks' : `2026-01-31,${idOf(line % SEGMENTS)},${line}`,
  );
  await pipeline(
    createReadStream(inFolder('users.sync')),
    createGzip({ level: 6 }),
    createWriteStream(inFolder('users.sync.gz')),
  );
}

const idOf = (index) => 80_000 + index;

/** 38 digits, as Audience Manager's own IDs of users. */
const userOf = (line) =>
  `${4_000_000_000_000_000_000n + BigInt(line)}${7_000_000_000_000_000_000n + BigInt(line)}`;

async function writeLines(file, lines, lineOf) {
  const out = createWriteStream(file);
  for (let first = 0; first < lines; first += 10_000) {
    const part = Array.from(
      { length: Math.min(10_000, lines - first) },
      (_, index) => `${lineOf(first + index)}\n`,
    );
    if (!out.write(part.join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

async function repeat(files, target) {
  for (const file of files) await pipeline(createReadStream(file), createWriteStream(target, { flags: 'a' }));
}

/** The first and the last line have to be as they should. */
async function checkOutput(file, lines) {
  const text = await readFile(file, 'latin1');
  equal(text.match(/\n/g).length, lines);
  const last = JSON.parse(
    Buffer.from(text.slice(text.lastIndexOf('\n', text.length - 2) + 1), 'latin1').toString(),
  );
  equal(last.user, userOf(lines - 1));
  const index = (lines - 1) % SEGMENTS;
  equal(last.segments[0].name, `Cart abandoners of campaign ${index} – last 7 days`);
  equal(last.segments[2].change, 'LEFT');
}

/** Runs a program on one core. @param file gets its output; `null`: nobody does */
async function run(words, file, folder, check = () => undefined) {
  const [program, ...rest] = words;
  const out = await open(file === null ? '/dev/null' : join(folder, file), 'w');
  const startedAt = performance.now();
  const child = spawn(...onCore(CORE, program, rest), { cwd: folder, stdio: ['ignore', out.fd, 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += data));
  let peakMiB = 0;
  let seconds = 0;
  const timer = setInterval(() => {
    void usageOf(child.pid).then((usage) => {
      if (usage === null) return;
      peakMiB = Math.max(peakMiB, usage.peakMiB);
      seconds = Math.max(seconds, usage.seconds);
    });
  }, 20);
  const [code] = await once(child, 'close');
  clearInterval(timer);
  await out.close();
  equal(code, 0, stderr);
  check(stderr);
  const elapsed = (performance.now() - startedAt) / 1_000;
  return { elapsed, seconds: Math.max(seconds, 0.01), peakMiB };
}

/** Processor time and the highest resident memory of a process so far; `null`: it has ended. */
async function usageOf(pid) {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
    return {
      peakMiB: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1_024,
      seconds: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  } catch {
    return null;
  }
}
