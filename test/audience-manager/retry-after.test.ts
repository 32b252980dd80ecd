import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/audience-manager/retry-after.js';

const NOW = Date.UTC(2026, 0, 15, 12);
const DAY_MS = 24 * 60 * 60 * 1000;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['86400', DAY_MS],
    ['999999999', DAY_MS],
    ['Thu, 15 Jan 2026 12:00:07 GMT', 7000],
    ['Thu, 15 Jan 2026 11:59:00 GMT', 0],
    ['Fri, 15 Jan 2027 12:00:00 GMT', DAY_MS],
  ])('"%s" asks for %i ms', (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  it.each([
    null,
    '',
    ' ',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    '12345678901',
    'Mon',
    'Retry 2030',
    '2026-01-15',
  ])('%j asks for nothing', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });

  it.each(['UTC', 'America/New_York', 'Asia/Tokyo'])(
    'means GMT in all forms of a date, read in %s',
    (zone) => {
      vi.stubEnv('TZ', zone);
      const forms = [
        'Thu, 15 Jan 2026 12:00:07 GMT',
        'Thursday, 15-Jan-26 12:00:07 GMT',
        'Thu Jan 15 12:00:07 2026',
      ];
      expect(forms.map((form) => parseRetryAfter(form, NOW))).toEqual([7000, 7000, 7000]);
    },
  );
});
