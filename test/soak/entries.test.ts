import { describe, expect, it } from 'vitest';
import { Entry } from './entries.js';

const LIFE = { gateway: 0, startedAt: 0 };

const allowedAt = (entry: Entry, time: number): unknown[] => [
  ...entry.allowed({ life: LIFE, from: time, to: time }),
];

describe('what may be seen of an entry by hand', () => {
  it('is nothing before the first change, and either while that is under way', () => {
    const entry = new Entry();
    expect(allowedAt(entry, 5)).toEqual(['none']);
    entry.begin('set', 10);
    expect(allowedAt(entry, 5)).toEqual(['none']);
    expect(allowedAt(entry, 15)).toEqual(['none', 1]);
    entry.acknowledge(LIFE, 20);
    expect(allowedAt(entry, 25)).toEqual([1]);
  });

  it('is nothing while a second change is in doubt, if the first one was never made', () => {
    const entry = new Entry();
    entry.begin('set', 10);
    entry.settle('none', LIFE, 20);
    entry.begin('set', 30);
    expect(allowedAt(entry, 35)).toEqual(['none', 2]);
    expect(entry.last).toBe('in doubt');
  });

  it('is what it was, once a change was refused', () => {
    const entry = new Entry();
    entry.begin('set', 10);
    entry.withdraw();
    expect(allowedAt(entry, 15)).toEqual(['none']);
    entry.begin('set', 20);
    entry.acknowledge(LIFE, 25);
    entry.begin('unset', 30);
    entry.withdraw();
    expect(allowedAt(entry, 35)).toEqual([2]);
    expect(entry).toMatchObject({ last: 2, isSet: true, isBusy: false });
  });
});
