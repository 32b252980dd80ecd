import { equal, ok } from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { open } from '../support/engines.mjs';
import { DESTINATIONS, KEYS } from '../support/million.mjs';
import { AUDIENCES, REGIONS, campaign, storedSegment } from '../support/segments.mjs';
import { quantile, timed } from '../support/statistics.mjs';
import { fold, searchTerms } from '../../build/base/text.js';

export const about = 'Searching 1,000,000 segments in 200 destinations: the first page of 20, and the total';

const GOAL_MS = 100;
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
  { name: 'an identifier', texts: ['10012345', '50054321', 'key-4444'] },
  { name: 'no match', texts: ['zzyzx', 'abandoners zzyzx'] },
  { name: 'no text', texts: [''] },
];

/** Median and 95th percentile by kind of search. */
export async function measure(engine, { million, quick, progress }) {
  const most = quick ? 10 : MAX_RUNS;
  const database = await million(engine);
  const expected = countMatches(DESTINATIONS * database.size);
  const storage = await open(database);
  const search = (text) =>
    storage.search({ terms: searchTerms(text), destinations: KEYS, status: null, after: null, first: 20 });
  try {
    const rows = [];
    for (const { name, texts } of KINDS) {
      for (const text of texts) check(text, await search(text), expected.get(text));
      const times = [];
      const start = performance.now();
      while (times.length < most && performance.now() - start < MAX_MS_A_KIND) {
        times.push((await timed(() => search(texts[times.length % texts.length]))).ms);
      }
      rows.push({ what: `${name}, median`, unit: 'ms', value: quantile(times, 0.5), goal: GOAL_MS });
      rows.push({ what: `${name}, p95`, unit: 'ms', value: quantile(times, 0.95) });
      progress(`${name}: ${times.length} searches`);
    }
    return rows;
  } finally {
    await storage.close();
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
  const names = segments.map(({ name }) => fold(name));
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
