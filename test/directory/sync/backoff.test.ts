import { describe, expect, it } from 'vitest';
import {
  retryDelay,
  nextRefreshDelay,
  firstRefreshDelay,
  scheduledRetryDelay,
} from '../../../src/directory/sync/backoff.js';

describe('delays', () => {
  const random = (): number => 0.123456789;

  it.each([
    ['after a failure', retryDelay(3, random)],
    ['after a success', nextRefreshDelay(3_600_001, random)],
    ['before the first refresh', firstRefreshDelay(3_600_001, random)],
    ['before a scheduled retry', scheduledRetryDelay(3_600_001, random)],
  ])('%s are whole milliseconds, because not every database accepts fractions', (_, pause) => {
    expect(pause).toBeGreaterThan(0);
    expect(Number.isInteger(pause)).toBe(true);
  });
});
