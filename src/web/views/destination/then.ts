/** A day in the past, and the moment that stands for it. */
export interface PastDay {
  /** Such as `2026-03-03`. */
  readonly day: string;
  /** The end of that day where the person is, as the API takes it. */
  readonly moment: string;
}

/** The day that an address names; `null` if it names none before today. */
export function momentIn(day: string | undefined, now: number = Date.now()): PastDay | null {
  if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const end = new Date(`${day}T23:59:59.999`);
  return Number.isNaN(end.getTime()) || end.getTime() >= now ? null : { day, moment: end.toISOString() };
}

/** The last day that can be chosen: yesterday, where the person is. */
export function lastPastDay(now: number = Date.now()): string {
  const day = new Date(now);
  day.setDate(day.getDate() - 1);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
