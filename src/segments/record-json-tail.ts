import type { ManualLayer, Mapping, Provenance, Segment, SegmentStatus } from './segment.js';

const DATE = /^\d{4}-\d\d-\d\d$/;
const MAX_TIME = 2 ** 48;

/** What is seldom there: the manual layer, times and dates of an odd form. */
interface Extra {
  readonly confirmedAt: number | null;
  /** Its fields in a fixed order, so that equal ones are equal bytes. */
  readonly manual: readonly unknown[] | null;
  readonly startDate?: string | null;
  readonly endDate?: string | null;
  readonly createdAt?: number | null;
  readonly updatedAt?: number | null;
}

/** Whether a date has a place of its own. */
export function isPlainDate(date: string): boolean {
  return DATE.test(date);
}

/** Whether a time has a place of its own. */
export function isPlainTime(time: number): boolean {
  return Number.isInteger(time) && time >= 0 && time < MAX_TIME && !Object.is(time, -0);
}

/** As JSON; `null`: nothing of it is there. */
export function jsonTailOf(mapping: Mapping, { confirmedAt, manual }: Provenance): string | null {
  const { startDate, endDate, createdAt, updatedAt } = mapping;
  const isPlain =
    isPlainOrNone(startDate, isPlainDate) &&
    isPlainOrNone(endDate, isPlainDate) &&
    isPlainOrNone(createdAt, isPlainTime) &&
    isPlainOrNone(updatedAt, isPlainTime);
  if (isPlain && confirmedAt === null && manual === null) return null;
  const extra: Extra = {
    confirmedAt,
    manual: manual === null ? null : listOf(manual),
    ...(!isPlainOrNone(startDate, isPlainDate) && { startDate }),
    ...(!isPlainOrNone(endDate, isPlainDate) && { endDate }),
    ...(!isPlainOrNone(createdAt, isPlainTime) && { createdAt }),
    ...(!isPlainOrNone(updatedAt, isPlainTime) && { updatedAt }),
  };
  return JSON.stringify(extra);
}

/** The segment of a record with what `jsonTailOf` wrote of it. */
export function withJsonTail(segment: Segment, text: string): Segment {
  // Written above, so of this shape.
  const { manual, ...others } = JSON.parse(text) as Extra;
  return { ...segment, ...others, manual: manual === null ? null : layerOf(manual) };
}

function isPlainOrNone<T>(value: T | null, isPlain: (value: T) => boolean): boolean {
  return value === null || isPlain(value);
}

function listOf({ name, description, status, at, by, base }: ManualLayer): readonly unknown[] {
  return [name, description, status, at, by, base && [base.name, base.description, base.status]];
}

function layerOf(list: readonly unknown[]): ManualLayer {
  const [name, description, status, at, by, base] = list as [
    string | null,
    string | null,
    SegmentStatus | null,
    number,
    string,
    [string | null, string | null, SegmentStatus] | null,
  ];
  return {
    name,
    description,
    status,
    at,
    by,
    base: base && { name: base[0], description: base[1], status: base[2] },
  };
}
