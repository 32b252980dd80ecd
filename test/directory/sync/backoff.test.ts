import { describe, expect, it } from 'vitest';
import {
  pauseAfterFailure,
  pauseAfterSuccess,
  pauseBeforeFirst,
  scheduledRetry,
} from '../../../src/directory/sync/backoff.js';

describe('pauses', () => {
  const random = (): number => 0.123456789;

  it.each([
    ['after a failure', pauseAfterFailure(3, random)],
    ['after a success', pauseAfterSuccess(3_600_001, random)],
    ['before the first', pauseBeforeFirst(3_600_001, random)],
    ['of the scheduler', scheduledRetry(3_600_001, random)],
  ])('%s are whole milliseconds, as not every database takes fractions', (_, pause) => {
    expect(pause).toBeGreaterThan(0);
    expect(Number.isInteger(pause)).toBe(true);
  });
});
