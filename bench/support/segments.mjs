/** Segments as customers name them: names of 40 and descriptions of 80 characters, the same in every run. */

export const AUDIENCES = words(`
  abandoners browsers buyers commuters cyclists donors drivers explorers families gamers gardeners
  graduates guests hikers homeowners investors lapsed listeners lookalikes members newcomers parents
  patients players prospects readers registrants renters returners runners savers shoppers skiers
  students subscribers switchers tenants travellers viewers voters
`);

export const REGIONS = words(`
  alpine andean atlantic baltic benelux caribbean central coastal eastern gulf iberian insular
  lakeside midland nordic northern pacific southern urban western
`);

const SYLLABLES = words(`
  ba de fi go ku la me ni po ru sa te vi wo xu ya ze ho
`);

/** One of 5,832 words that stand for campaigns. */
export function campaign(number) {
  const at = (divisor) => SYLLABLES[Math.floor(number / divisor) % SYLLABLES.length];
  return at(1) + at(SYLLABLES.length) + at(SYLLABLES.length ** 2);
}

const FILLER = ' as agreed with the media team for the plan of this year and the next one, all devices';

/** The segment of a number, as the storage takes it. */
export function storedSegment(number) {
  const { name, description } = textsOf(number);
  return {
    ...identifiersOf(number),
    name,
    description,
    status: 'ACTIVE',
    startDate: null,
    endDate: null,
    createdAt: 1_281_997_484_000,
    updatedAt: 1_300_752_888_000,
    value: null,
    url: null,
    secureUrl: null,
    isTrait: false,
    source: 'AUDIENCE_MANAGER',
    confirmedAt: null,
    manual: null,
  };
}

/** The same segment as the simulated Audience Manager keeps it. */
export function mapping(number) {
  const { id, sid, alias } = identifiersOf(number);
  return {
    mappingId: Number(id),
    sid: Number(sid),
    alias,
    ...textsOf(number),
    createTime: 1_281_997_484_000,
    updateTime: 1_300_752_888_000,
  };
}

/** The segments of a destination, of `size` each. */
export function segmentsOf(destination, size) {
  return segmentsFrom(destination * size, size);
}

/** So many segments from a number on. */
export function segmentsFrom(first, size) {
  return Array.from({ length: size }, (_, index) => storedSegment(first + index));
}

/** What the storage is given when a destination is read for the first time. */
export function firstChange(segments, at) {
  const revisions = segments.map(({ id, name, description, status, source }) => {
    return { segmentId: id, at, kind: 'CREATED', name, description, status, source, by: null };
  });
  const state = { asOf: at, segmentCount: segments.length, lastAttemptAt: at };
  return { upserts: segments, removals: [], revisions, state };
}

function identifiersOf(number) {
  return {
    id: String(10_000_000 + number),
    sid: String(50_000_000 + number),
    alias: number % 4 === 0 ? `key-${number}` : null,
  };
}

function textsOf(number) {
  const random = scrambled(number);
  const audience = AUDIENCES[random % AUDIENCES.length];
  const region = REGIONS[Math.floor(random / 64) % REGIONS.length];
  const word = campaign(Math.floor(random / 4_096));
  return {
    name: cut(`${word[0].toUpperCase()}${word.slice(1)} ${region} ${audience}${FILLER}`, 40),
    description: cut(`Everyone of list ${number} who was seen within ${random % 90} days${FILLER}`, 80),
  };
}

/** Not random, but without any pattern that an index could profit from. */
function scrambled(number) {
  let mixed = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** To a length, without a blank at the end. */
function cut(text, length) {
  return text.slice(0, length).replace(/\s$/, '.');
}

function words(text) {
  return text.trim().split(/\s+/);
}
