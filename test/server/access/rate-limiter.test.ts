import { describe, expect, it } from 'vitest';
import { ANYONE, callerOf } from '../../../src/graphql/index.js';
import { RateLimiter } from '../../../src/server/access/rate-limiter.js';
import { FakeClock } from '../../support/fake-clock.js';

const reader = callerOf('key', 'reader', 'all', ['read']);

describe('requests within a minute', () => {
  it('are each counted once, also if they are handed on', () => {
    const rates = new RateLimiter(1, new FakeClock());
    const [one, other] = [{}, {}];
    expect([rates.countOnce(one, reader, ''), rates.countOnce(one, reader, '')]).toEqual([0, 0]);
    expect([rates.countOnce(other, reader, ''), rates.countOnce(other, reader, '')]).toEqual([
      60_000, 60_000,
    ]);
  });

  it('are as many as allowed, from the first one on', () => {
    const clock = new FakeClock();
    const rates = new RateLimiter(2, clock);
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    clock.advance(20_000);
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    expect(rates.count(reader, '192.0.2.1')).toBe(40_000);
    clock.advance(39_999);
    expect(rates.count(reader, '192.0.2.1')).toBe(1);
    clock.advance(1);
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    expect(rates.count(reader, '192.0.2.1')).toBe(60_000);
  });

  it("count for a caller wherever they come from, and for nobody's caller by their address", () => {
    const rates = new RateLimiter(1, new FakeClock());
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    expect(rates.count(reader, '192.0.2.2')).toBeGreaterThan(0);
    for (const nobody of [null, ANYONE]) {
      const address = nobody === null ? '192.0.2.1' : '192.0.2.2';
      expect(rates.count(nobody, address)).toBe(0);
      expect(rates.count(nobody, address)).toBeGreaterThan(0);
    }
    const token = callerOf('jwt', 'reader', 'all', ['read']);
    expect(rates.count(token, '192.0.2.1')).toBe(0);
    const cunning = callerOf('key', '192.0.2.1', 'all', ['read']);
    expect(rates.count(cunning, '192.0.2.1')).toBe(0);
  });

  it('of callers are not forgotten because of a crowd of addresses', () => {
    const rates = new RateLimiter(1, new FakeClock());
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    for (let address = 0; address < 20_000; address += 1) rates.count(null, `2001:db8::${address}`);
    expect(rates.count(reader, '192.0.2.1')).toBeGreaterThan(0);
  });

  it('begin anew when the clock is set back', () => {
    let now = Date.UTC(2026, 0, 15);
    const rates = new RateLimiter(1, { now: () => now, elapsed: () => now, schedule: () => () => undefined });
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    now -= 3_600_000;
    expect(rates.count(reader, '192.0.2.1')).toBe(0);
    expect(rates.count(reader, '192.0.2.1')).toBe(60_000);
  });

  it('may be any number where there is no limit', () => {
    const rates = new RateLimiter(0, new FakeClock());
    for (let request = 0; request < 100; request += 1) expect(rates.count(reader, '')).toBe(0);
  });
});
