const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The steps of a time that is told from now, longest first. */
const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, milliseconds: number])[] = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
];

/** Writes numbers and dates as in a language and region. */
export class Format {
  readonly locale: string;
  readonly #numbers: Intl.NumberFormat;
  readonly #moments: Intl.DateTimeFormat;
  readonly #days: Intl.DateTimeFormat;
  readonly #dates: Intl.DateTimeFormat;
  readonly #times: Intl.DateTimeFormat;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #now: string;
  readonly #lists: Intl.ListFormat;

  constructor(locale: string) {
    this.locale = locale;
    this.#numbers = new Intl.NumberFormat(locale);
    this.#moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    this.#days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
    this.#dates = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
    this.#times = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    // No words such as "yesterday": they depend on midnight, and these are whole days of 24 hours.
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
    this.#now = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
    this.#lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  }

  /** A number, such as `12,345`. */
  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** A date and time, in the browser's time zone. */
  moment(time: string | Date): string {
    return this.#moments.format(new Date(time));
  }

  /** A day without a time, such as `2026-11-29`. */
  day(date: string): string {
    return this.#days.format(new Date(date));
  }

  /** The date of a moment with its weekday, in the browser's time zone. */
  date(time: string | Date): string {
    return this.#dates.format(new Date(time));
  }

  /** The time of a moment without its date, such as `14:05`, in the browser's time zone. */
  time(time: string | Date): string {
    return this.#times.format(new Date(time));
  }

  /** A time from now, such as `3 minutes ago`, or `now`. */
  fromNow(time: string | Date, now: number = Date.now()): string {
    const difference = new Date(time).getTime() - now;
    const step = STEPS.find(([, milliseconds]) => Math.abs(difference) >= milliseconds);
    return step === undefined ? this.#now : this.#relative.format(Math.trunc(difference / step[1]), step[0]);
  }

  /** A list, such as `a, b and c`. */
  list(items: readonly string[]): string {
    return this.#lists.format(items);
  }
}

/** One of two texts, by a number, in English. */
export function inEnglish(value: number, one: string, other: string): string {
  return value === 1 ? one : other;
}

/** One of two texts, by a number, in French, where zero is singular. */
export function inFrench(value: number, one: string, other: string): string {
  return Math.abs(value) < 2 ? one : other;
}
