import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/config/index.js';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['1ms', 1],
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['2y', 63_072_000_000],
    ['007s', 7_000],
  ])('%s is %d milliseconds', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', '1', '10', '1.5s', '1,5s', '-1s', '+1s', '1 s', ' 1s', '1s ', '1S', '1H', '1w', '1h30m', 's'])(
    '"%s" is not a duration',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each(['1e3ms', '0x1s', '١s', '1s\n', '9007199254740992ms', '99999999999999999999d'])(
    '%j is not a duration either',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
