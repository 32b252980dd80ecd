import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns, laneOf } from '../../../src/server/http/fair-turns.js';

const MEBIBYTE = 1024 * 1024;

describe('requests that arrive at the same time', () => {
  it('are begun one in each turn, and callers take turns', async () => {
    const turns = new FairTurns();
    const begun: string[] = [];
    const run = (lane: string, name: string): boolean => turns.run(lane, 100, () => begun.push(name));
    for (let count = 1; count <= 4; count += 1) expect(run('hostile', `hostile ${count}`)).toBe(true);
    expect(run('normal', 'normal 1')).toBe(true);
    expect(run('normal', 'normal 2')).toBe(true);
    expect(begun).toEqual(['hostile 1']);
    await setImmediate();
    expect(begun).toEqual(['hostile 1', 'hostile 2']);
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    expect(begun).toEqual(['hostile 1', 'hostile 2', 'normal 1', 'hostile 3', 'normal 2', 'hostile 4']);
    expect(run('hostile', 'hostile 5')).toBe(true);
    expect(begun.at(-1)).toBe('hostile 5');
  });

  it('are refused when too much waits', async () => {
    const turns = new FairTurns();
    const begin = (): boolean => turns.run('lane', MEBIBYTE, () => undefined);
    for (let count = 0; count < 65; count += 1) expect(begin()).toBe(true);
    expect(begin()).toBe(false);
    await setImmediate();
    expect(begin()).toBe(true);
  });

  it('go on when one of them fails', async () => {
    const turns = new FairTurns();
    let isRun = false;
    const fail = (): never => {
      throw new Error('a test');
    };
    expect(() => turns.run('lane', 1, fail)).toThrow('a test');
    turns.run('lane', 1, () => (isRun = true));
    await setImmediate();
    await setImmediate();
    expect(isRun).toBe(true);
  });
});

describe('the lane of a request', () => {
  it('is another one for another caller, and for short and long requests', () => {
    const lanes = ['key:a', 'key:b'].flatMap((id) => [100, 100_000].map((bytes) => laneOf({ id }, bytes)));
    expect(new Set(lanes).size).toBe(4);
    expect(laneOf({ id: 'key:a' }, 200)).toBe(laneOf({ id: 'key:a' }, 100));
  });
});
