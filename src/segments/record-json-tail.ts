import type { ManualLayer, Mapping, Provenance, Segment, SegmentStatus } from './segment.js';

const DATE = /^\d{4}-\d\d-\d\d$/;
const MAX_TIME = 2 ** 48;

/** The rarely used fields of a segment: the manual layer, the confirmation time, and unusual dates and times. */
interface JsonTail {
  readonly confirmedAt: number | null;
  /** The fields of the manual layer in a fixed order, so that equal layers have equal bytes. */
  readonly manual: readonly unknown[] | null;
  readonly startDate?: string | null;
  readonly endDate?: string | null;
  readonly createdAt?: number | null;
  readonly updatedAt?: number | null;
}

/** Whether the date fits into the four bytes of a date in a record. */
export function isPlainDate(date: string): boolean {
  return DATE.test(date);
}

/** Whether the time fits into the six bytes of a time in a record. */
export function isPlainTime(time: number): boolean {
  return Number.isInteger(time) && time >= 0 && time < MAX_TIME && !Object.is(time, -0);
}

/** The JSON tail of a record; `null` if the segment needs none. */
export function jsonTailOf(mapping: Mapping, { confirmedAt, manual }: Provenance): string | null {
  const { startDate, endDate, createdAt, updatedAt } = mapping;
  const isPlain =
    isPlainOrNull(startDate, isPlainDate) &&
    isPlainOrNull(endDate, isPlainDate) &&
    isPlainOrNull(createdAt, isPlainTime) &&
    isPlainOrNull(updatedAt, isPlainTime);
  if (isPlain && confirmedAt === null && manual === null) return null;
  const tail: JsonTail = {
    confirmedAt,
    manual: manual === null ? null : listOf(manual),
    ...(!isPlainOrNull(startDate, isPlainDate) && { startDate }),
    ...(!isPlainOrNull(endDate, isPlainDate) && { endDate }),
    ...(!isPlainOrNull(createdAt, isPlainTime) && { createdAt }),
    ...(!isPlainOrNull(updatedAt, isPlainTime) && { updatedAt }),
  };
  return JSON.stringify(tail);
}

/** The segment completed with the fields of its JSON tail. */
export function withJsonTail(segment: Segment, json: string): Segment {
  // The text was written by `jsonTailOf`, so its shape is known.
  const { manual, ...others } = JSON.parse(json) as JsonTail;
  return { ...segment, ...others, manual: manual === null ? null : layerOf(manual) };
}

function isPlainOrNull<T>(value: T | null, isPlain: (value: T) => boolean): boolean {
  return value === null || isPlain(value);
}

function listOf({ name, description, status, at, by, base }: ManualLayer): readonly unknown[] {
  return [
    name,
    description,
    status,
    at,
    by,
    base && [
      base.name,
      base.description,
      base.status,
      ...(base.confirmedAt === undefined ? [] : [base.confirmedAt]),
    ],
  ];
}

function layerOf(list: readonly unknown[]): ManualLayer {
  const [name, description, status, at, by, base] = list as [
    string | null,
    string | null,
    SegmentStatus | null,
    number,
    string,
    [string | null, string | null, SegmentStatus, number?] | null,
  ];
  return {
    name,
    description,
    status,
    at,
    by,
    base: base && {
      name: base[0],
      description: base[1],
      status: base[2],
      ...(base[3] !== undefined && { confirmedAt: base[3] }),
    },
  };
}
