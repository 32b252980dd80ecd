import { equal, ok } from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { open } from '../support/engines.mjs';
import { DESTINATIONS, KEYS } from '../support/million.mjs';
import { AUDIENCES, REGIONS, campaign, storedSegment } from '../support/segments.mjs';
import { quantile, timed } from '../support/statistics.mjs';
import { fold, searchTerms } from '../../build/base/text.js';

export const about =
  'Searching 1,000,000 segments in 200 destinations: the first page of 20, without and with the total';

/** What the gateway's configuration has by default. */
const SEARCH_MEMORY_BYTES = 160 * 1_024 * 1_024;
const MAX_PACKING_MS = 120_000;

const GOALS = { page: { median: 25, p95: 60 }, total: { median: 60 } };
const MAX_RUNS = 50;
const MAX_MS_A_KIND = 10_000;

const KINDS = [
  {
    name: 'a word of few segments',
    texts: Array.from({ length: 10 }, (_, index) => campaign(37 + 311 * index)),
  },
  {
    name: 'two words',
    texts: Array.from({ length: 5 }, (_, index) => `${REGIONS[3 * index]} ${AUDIENCES[7 * index]}`),
  },
  { name: 'a word of every 40th segment', texts: [AUDIENCES[1], AUDIENCES[22], AUDIENCES[39]] },
  { name: 'two letters', texts: ['xu', 'gf'] },
  { name: 'two letters of few segments', texts: ['fo', '-0'] },
  // The last of all names begin with it.
  { name: 'a word far down in the order of names', texts: [campaign(16), 'zezeze'] },
  { name: 'an identifier', texts: ['10012345', '50054321', 'key-4444'] },
  { name: 'no match', texts: ['zzyzx', 'abandoners zzyzx'] },
  { name: 'no text', texts: [''] },
];

/** Median and 95th percentile by kind of search. */
export async function measure(engine, { million, quick, progress }) {
  const most = quick ? 10 : MAX_RUNS;
  const database = await million(engine);
  const expected = countMatches(DESTINATIONS * database.size);
  const storage = await open(database, { searchMemoryBytes: SEARCH_MEMORY_BYTES });
  const search = (text, withTotal) =>
    storage.search({
      terms: searchTerms(text),
      identifier: text === '' ? null : text,
      destinations: KEYS,
      status: null,
      after: null,
      first: 20,
      withTotal,
      withPrevious: false,
    });
  try {
    const packing = await timed(() => fillMemory(storage, search));
    const { bytes } = storage.searchMemory();
    progress(`texts of all destinations in memory after ${Math.round(packing.ms)} ms`);
    const rows = [
      { what: 'texts in memory', unit: 'MiB', value: bytes / 1_024 ** 2 },
      { what: 'until the texts of all destinations are there', unit: 's', value: packing.ms / 1_000 },
    ];
    for (const { name, texts } of KINDS) {
      for (const text of texts) check(text, await search(text, true), expected.get(text));
      for (const [variant, goal] of Object.entries(GOALS)) {
        const times = [];
        const start = performance.now();
        while (times.length < most && performance.now() - start < MAX_MS_A_KIND) {
          const text = texts[times.length % texts.length];
          times.push((await timed(() => search(text, variant === 'total'))).ms);
        }
        const what = variant === 'total' ? `${name}, with the total` : name;
        rows.push({ what: `${what}, median`, unit: 'ms', value: quantile(times, 0.5), goal: goal.median });
        rows.push({ what: `${what}, p95`, unit: 'ms', value: quantile(times, 0.95), goal: goal.p95 });
      }
      progress(name);
    }
    return rows;
  } finally {
    await storage.close();
  }
}

/** Searches until the texts of all destinations are in memory. */
async function fillMemory(storage, search) {
  const end = performance.now() + MAX_PACKING_MS;
  await search('', false);
  while (storage.searchMemory().destinations < DESTINATIONS) {
    ok(performance.now() < end, 'the texts of all destinations are in memory');
    await setTimeout(10);
  }
}

/** How many segments each text must find, counted one by one. */
function countMatches(segments) {
  const texts = KINDS.flatMap((kind) => kind.texts);
  const searches = texts.map((text) => ({ text, terms: searchTerms(text), count: 0 }));
  for (let number = 0; number < segments; number++) {
    const { name, description, alias, id, sid } = storedSegment(number);
    const haystack = `${name}\n${description}\n${alias ?? ''}\n${id}\n${sid}`.toLowerCase();
    for (const search of searches) {
      if (search.terms.every((term) => haystack.includes(term))) search.count += 1;
    }
  }
  return new Map(searches.map(({ text, count }) => [text, count]));
}

function check(text, { segments, totalCount, hasNextPage }, expected) {
  equal(totalCount, expected, `the number of matches of "${text}"`);
  equal(segments.length, Math.min(20, expected));
  equal(hasNextPage, expected > 20);
  const terms = searchTerms(text);
  const names = segments.filter(({ isExact }) => !isExact).map(({ name }) => fold(name));
  ok(
    names.every((name, index) => index === 0 || names[index - 1] <= name),
    `the order of "${text}"`,
  );
  for (const { name, description, alias, id, sid } of segments) {
    const haystack = fold([name, description, alias, id, sid].join('\n'));
    ok(
      terms.every((term) => haystack.includes(term)),
      `a match of "${text}"`,
    );
  }
}
