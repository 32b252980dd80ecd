import { describe, expect, it } from 'vitest';
import { ANYONE, callerOf } from '../../../src/graphql/index.js';
import { RateLimiter, type CountedRequest } from '../../../src/server/access/rate-limiter.js';
import { FakeClock } from '../../support/fake-clock.js';

const reader = callerOf('key', 'reader', 'all', ['read']);

function requestFrom(remoteAddress: string, headers: Record<string, string> = {}): CountedRequest {
  return { headers, socket: { remoteAddress } };
}

const REMOTE = requestFrom('192.0.2.1');

describe('requests within a minute', () => {
  it('are each counted once, also if they are handed on', () => {
    const rates = new RateLimiter(1, new FakeClock());
    const [one, other] = [requestFrom('192.0.2.1'), requestFrom('192.0.2.1')];
    expect([rates.countOnce(one, reader, ''), rates.countOnce(one, reader, '')]).toEqual([0, 0]);
    expect([rates.countOnce(other, reader, ''), rates.countOnce(other, reader, '')]).toEqual([
      60_000, 60_000,
    ]);
  });

  it('may all be sent at once, and come back evenly', () => {
    const clock = new FakeClock();
    const rates = new RateLimiter(4, clock);
    const count = (): number | null => rates.count(REMOTE, reader, '192.0.2.1');
    expect([count(), count(), count(), count()]).toEqual([0, 0, 0, 0]);
    expect(count()).toBe(15_000);
    clock.advance(10_000);
    expect(count()).toBe(5_000);
    clock.advance(5_000);
    expect([count(), count()]).toEqual([0, 15_000]);
    clock.advance(30_000);
    expect([count(), count(), count()]).toEqual([0, 0, 15_000]);
    // Not more than a minute's requests are saved up.
    clock.advance(3_600_000);
    expect([count(), count(), count(), count(), count()]).toEqual([0, 0, 0, 0, 15_000]);
  });

  it.each([1, 3, 7, 60, 999, 60_000])(
    'are accepted again as soon as a refusal said, with %i of them, and not a moment earlier',
    (perMinute) => {
      const clock = new FakeClock();
      const rates = new RateLimiter(perMinute, clock);
      const count = (): number | null => rates.count(REMOTE, reader, '192.0.2.1');
      for (let request = 0; request < perMinute; request += 1) expect(count()).toBe(0);
      for (let round = 0; round < 20; round += 1) {
        const waitMs = count() ?? 0;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(Math.ceil(60_000 / perMinute));
        clock.advance(waitMs * 0.9);
        expect(count()).toBeGreaterThan(0);
        clock.advance(waitMs * 0.1);
        expect(count()).toBe(0);
      }
    },
  );

  it('of a busy caller go through at the rate that is allowed, not in one burst a minute', () => {
    const clock = new FakeClock();
    const rates = new RateLimiter(60, clock);
    const accepted: number[] = [];
    // Ten requests a second for three minutes.
    for (let second = 0; second < 180; second += 1) {
      let count = 0;
      for (let request = 0; request < 10; request += 1) {
        if (rates.count(REMOTE, ANYONE, '192.0.2.1') === 0) count += 1;
        clock.advance(100);
      }
      accepted.push(count);
    }
    expect(accepted.slice(0, 6)).toEqual([10, 10, 10, 10, 10, 10]);
    expect(Math.min(...accepted)).toBe(1);
    expect(accepted.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(60 + 180);
  });

  it("count for a caller wherever they come from, and for nobody's caller by their address", () => {
    const rates = new RateLimiter(1, new FakeClock());
    expect(rates.count(REMOTE, reader, '192.0.2.1')).toBe(0);
    expect(rates.count(REMOTE, reader, '192.0.2.2')).toBeGreaterThan(0);
    for (const nobody of [null, ANYONE]) {
      const address = nobody === null ? '192.0.2.1' : '192.0.2.2';
      expect(rates.count(REMOTE, nobody, address)).toBe(0);
      expect(rates.count(REMOTE, nobody, address)).toBeGreaterThan(0);
    }
    const token = callerOf('jwt', 'reader', 'all', ['read']);
    expect(rates.count(REMOTE, token, '192.0.2.1')).toBe(0);
    const cunning = callerOf('key', '192.0.2.1', 'all', ['read']);
    expect(rates.count(REMOTE, cunning, '192.0.2.1')).toBe(0);
  });

  it('of callers are not forgotten because of a crowd of addresses', () => {
    const rates = new RateLimiter(1, new FakeClock());
    expect(rates.count(REMOTE, reader, '192.0.2.1')).toBe(0);
    for (let address = 0; address < 20_000; address += 1) rates.count(REMOTE, null, `2001:db8::${address}`);
    expect(rates.count(REMOTE, reader, '192.0.2.1')).toBeGreaterThan(0);
  });

  it.each([-3_600_000, 3_600_000])('do not depend on the date, which was set by %i ms', (ms) => {
    let now = Date.UTC(2026, 0, 15);
    const rates = new RateLimiter(1, { now: () => now, elapsed: () => 5, schedule: () => () => undefined });
    expect(rates.count(REMOTE, reader, '192.0.2.1')).toBe(0);
    now += ms;
    expect(rates.count(REMOTE, reader, '192.0.2.1')).toBe(60_000);
  });

  it('may be any number where there is no limit', () => {
    const rates = new RateLimiter(0, new FakeClock());
    for (let request = 0; request < 100; request += 1) expect(rates.count(REMOTE, reader, '')).toBe(0);
  });
});

describe('requests of this machine', () => {
  const isLimited = (rates: RateLimiter, request: CountedRequest, caller: typeof ANYONE | null): boolean => {
    const waits = [1, 2, 3].map(() => rates.count(request, caller, request.socket.remoteAddress ?? ''));
    return waits.some((waitMs) => waitMs !== 0);
  };

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'are not limited without access control: %s',
    (address) => {
      expect(isLimited(new RateLimiter(1, new FakeClock()), requestFrom(address), ANYONE)).toBe(false);
    },
  );

  it.each<[string, CountedRequest, typeof ANYONE | null, string[]]>([
    ['with access control, without a valid key', requestFrom('127.0.0.1'), null, []],
    ['behind a trusted proxy', requestFrom('127.0.0.1'), ANYONE, ['127.0.0.1']],
    ['that a proxy forwards', requestFrom('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }), ANYONE, []],
    ['that a proxy forwards by RFC 7239', requestFrom('::1', { forwarded: 'for=192.0.2.1' }), ANYONE, []],
    ['that are of another one', requestFrom('192.0.2.1'), ANYONE, []],
    ['whose connection is closed', requestFrom(''), ANYONE, []],
  ])('are limited %s', (_, request, caller, trustProxy) => {
    expect(isLimited(new RateLimiter(1, new FakeClock(), trustProxy), request, caller)).toBe(true);
  });
});
