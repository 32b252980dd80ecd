import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type {
  AudienceManagerError,
  LogInLedger,
  LogInState,
  TokenVault,
} from '../../src/audience-manager/index.js';
import { LogIns } from '../../src/audience-manager/log-ins.js';
import type { SharedToken } from '../../src/audience-manager/token-vault.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  codeOf,
  connect,
  failureOf,
  gate,
  logged,
  startUpstream,
  type Connection,
  type Upstream,
  type UpstreamOptions,
} from '../support/upstream.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** A ledger in memory, as a database is one for several processes. */
class SharedLedger implements LogInLedger {
  readonly states = new Map<string, LogInState>();
  /** Whether calls fail. */
  isDown = false;

  async read(account: string): Promise<LogInState | null> {
    await this.#answer();
    return this.states.get(account) ?? null;
  }

  async claim(account: string, expected: LogInState | null, now: number): Promise<boolean> {
    await this.#answer();
    const stored = this.states.get(account) ?? null;
    if (JSON.stringify(stored) !== JSON.stringify(expected)) return false;
    const before = stored ?? { rejections: 0, message: null };
    this.states.set(account, {
      rejections: before.rejections,
      lastTryAt: now,
      isTrying: true,
      message: before.message,
    });
    return true;
  }

  async reject(account: string, now: number, message: string): Promise<void> {
    await this.#answer();
    const rejections = (this.states.get(account)?.rejections ?? 0) + 1;
    this.states.set(account, { rejections, lastTryAt: now, isTrying: false, message });
  }

  async clear(account: string): Promise<void> {
    await this.#answer();
    this.states.delete(account);
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.isDown) throw new Error('the database is down');
  }
}

class SharedVault implements TokenVault {
  readonly #tokens = new Map<string, SharedToken>();
  load(account: string): Promise<SharedToken | null> {
    return Promise.resolve(this.#tokens.get(account) ?? null);
  }
  save(account: string, token: SharedToken): Promise<void> {
    this.#tokens.set(account, token);
    return Promise.resolve();
  }
}

interface Gateways extends Upstream {
  readonly ledger: SharedLedger;
  /** Another process in front of the same simulator, on the same clock, with the same ledger. */
  readonly another: () => Connection;
}

/** Acme's password at the simulator is another than the configured one. */
async function start(options: UpstreamOptions = {}): Promise<Gateways> {
  const ledger = new SharedLedger();
  const upstream = await startUpstream({ ledger, simulator: { refreshTokens: false }, ...options });
  upstream.simulator.setPassword('acme', 'changed');
  const { clock } = upstream;
  return { ...upstream, ledger, another: () => connect({ ledger, ...options, clock }) };
}

const tries = ({ simulator }: Upstream): number => simulator.count({ endpoint: 'token' });

const ask = (upstream: Upstream, by: Connection = upstream): Promise<string> =>
  by.tokens.get(upstream.account('acme')).then(
    () => 'granted',
    (error: unknown) => (error as AudienceManagerError).code,
  );

/** Asks once a minute for some time, and says how many log-ins that were. */
async function askFor(upstream: Upstream, ms: number, by: Connection = upstream): Promise<number> {
  const before = tries(upstream);
  for (let passed = 0; passed < ms; passed += MINUTE) {
    upstream.clock.advance(MINUTE);
    await ask(upstream, by);
  }
  return tries(upstream) - before;
}

/** The error of a rejected log-in. */
async function message(upstream: Upstream, by: Connection = upstream): Promise<string> {
  return (await failureOf(by.tokens.get(upstream.account('acme')))).message;
}

describe('a rejected secret', () => {
  it('is tried at once, after a minute and after ten minutes, then once a day', async () => {
    const upstream = await start();
    const times: number[] = [];
    const first = upstream.clock.now();
    for (let minute = 0; minute <= 3 * 24 * 60; minute++) {
      const before = tries(upstream);
      await ask(upstream);
      if (tries(upstream) > before) times.push((upstream.clock.now() - first) / MINUTE);
      upstream.clock.advance(MINUTE);
    }
    expect(times).toEqual([0, 1, 11, 11 + 24 * 60, 11 + 2 * 24 * 60]);
    expect(upstream.simulator.failedLogIns('acme')).toBe(5);
  });

  it('is not tried a millisecond early, however many ask', async () => {
    const upstream = await start();
    for (const [index, pause] of [MINUTE, 10 * MINUTE, DAY].entries()) {
      await Promise.all(Array.from({ length: 50 }, () => ask(upstream)));
      expect(tries(upstream)).toBe(index + 1);
      upstream.clock.advance(pause - 1);
      await ask(upstream);
      expect(tries(upstream)).toBe(index + 1);
      upstream.clock.advance(1);
    }
    await ask(upstream);
    expect(tries(upstream)).toBe(4);
  });

  it('says how often it was tried, when it will be again, and what Audience Manager said', async () => {
    const upstream = await start();
    const said =
      "Audience Manager rejected the credentials: invalid_grant, “Bad credentials”. The customer's password is expired (passwords expire after 30 or 90 days) or wrong, or its user is locked (after five failed log-ins).";
    const once = `${said} They were tried once, and will be tried again at 2026-01-15T12:01:00Z.`;
    expect(await message(upstream)).toBe(once);
    expect(await message(upstream)).toBe(once);
    expect(await message(upstream, upstream.another())).toBe(once);
    upstream.clock.advance(MINUTE);
    expect(await message(upstream)).toBe(
      `${said} They were tried 2 times, and will be tried again at 2026-01-15T12:11:00Z.`,
    );
    upstream.clock.advance(10 * MINUTE);
    const blocked = `${said} They were tried 3 times, and will not be tried again before 2026-01-16T12:11:00Z, unless the configuration gives others or a caller with the permission refresh asks for it.`;
    expect(await message(upstream)).toBe(blocked);
    expect(await message(upstream, upstream.another())).toBe(blocked);
  });

  it('is to be asked for again after ten minutes at most, when another process may have found that it works', async () => {
    const upstream = await start();
    const pause = async (): Promise<number | undefined> =>
      (await failureOf(upstream.tokens.get(upstream.account('acme')))).retryAfterMs;
    expect(await pause()).toBe(MINUTE);
    await askFor(upstream, 11 * MINUTE);
    expect(await pause()).toBe(10 * MINUTE);
    upstream.clock.advance(DAY - MINUTE);
    expect(await pause()).toBe(MINUTE);
  });

  it('is logged with each try, and not with each question', async () => {
    const upstream = await start();
    await askFor(upstream, 30 * MINUTE);
    expect(logged(upstream, 'warn').map((line) => [line['reason'], line['rejections']])).toEqual([
      ['invalid_grant', 1],
      ['invalid_grant', 2],
      ['invalid_grant', 3],
    ]);
  });

  it('is counted over restarts', async () => {
    const upstream = await start();
    await ask(upstream);
    const restarted = upstream.another();
    expect(await ask(upstream, restarted)).toBe('AAM_AUTH_FAILED');
    expect(tries(upstream)).toBe(1);
    expect(await askFor(upstream, 11 * MINUTE, restarted)).toBe(2);
    for (let restarts = 0; restarts < 20; restarts++) {
      upstream.clock.advance(MINUTE);
      await ask(upstream, upstream.another());
    }
    expect(tries(upstream)).toBe(3);
  });

  it('is counted over all processes with one ledger', async () => {
    const upstream = await start();
    const all = [upstream, upstream.another(), upstream.another()];
    for (let minute = 0; minute < 60; minute++) {
      const asked = all.map((each) => ask(upstream, each));
      await whileWaiting(upstream, Promise.all(asked));
      upstream.clock.advance(MINUTE);
    }
    expect(tries(upstream)).toBe(3);
    expect(upstream.simulator.failedLogIns('acme')).toBe(3);
  });

  it('is forgotten with the configuration that gives another one', async () => {
    const upstream = await start();
    await askFor(upstream, 12 * MINUTE);
    expect(tries(upstream)).toBe(3);
    const account = { ...upstream.account('acme'), password: 'changed' };
    await upstream.tokens.get(account);
    expect(tries(upstream)).toBe(4);
    expect(await codeOf(upstream.tokens.get(upstream.account('acme')))).toBe('AAM_AUTH_FAILED');
    expect(tries(upstream)).toBe(4);
  });

  it('is forgotten after a success', async () => {
    const upstream = await start({ simulator: { refreshTokens: false, tokenLifetimeSeconds: 1000 } });
    await askFor(upstream, 1 * MINUTE);
    upstream.simulator.setPassword('acme', 'acme-password');
    await askFor(upstream, 11 * MINUTE);
    expect(upstream.ledger.states.size).toBe(0);
    upstream.simulator.setPassword('acme', 'changed');
    upstream.clock.advance(1000 * SECOND);
    expect(await message(upstream)).toContain('They were tried once');
  });
});

describe('a caller who asks for one more try', () => {
  it('gets it at once after three rejections', async () => {
    const upstream = await start();
    await askFor(upstream, 12 * MINUTE);
    upstream.simulator.setPassword('acme', 'acme-password');
    expect(await ask(upstream)).toBe('AAM_AUTH_FAILED');
    upstream.client.allowLogIn(upstream.account('acme'));
    expect(await ask(upstream)).toBe('granted');
    expect(tries(upstream)).toBe(4);
  });

  it('gets one, shared by all who ask at the same time, and no second one right after it', async () => {
    const upstream = await start();
    await askFor(upstream, 12 * MINUTE);
    const request = (): Promise<string> => {
      upstream.client.allowLogIn(upstream.account('acme'));
      return ask(upstream);
    };
    await Promise.all(Array.from({ length: 20 }, request));
    for (let times = 0; times < 20; times++) expect(await request()).toBe('AAM_AUTH_FAILED');
    expect(tries(upstream)).toBe(4);
    upstream.clock.advance(MINUTE);
    await request();
    await request();
    expect(tries(upstream)).toBe(5);
    upstream.clock.advance(10 * MINUTE - 1);
    await request();
    expect(tries(upstream)).toBe(5);
    upstream.clock.advance(1);
    await request();
    expect(tries(upstream)).toBe(6);
  });

  it('does not shorten the first two pauses', async () => {
    const upstream = await start();
    await ask(upstream);
    upstream.client.allowLogIn(upstream.account('acme'));
    await ask(upstream);
    expect(tries(upstream)).toBe(1);
    upstream.clock.advance(MINUTE);
    await ask(upstream);
    upstream.client.allowLogIn(upstream.account('acme'));
    await ask(upstream);
    expect(tries(upstream)).toBe(2);
  });

  it('does not leave a try behind that is used much later', async () => {
    const upstream = await start();
    await askFor(upstream, 12 * MINUTE);
    upstream.client.allowLogIn(upstream.account('acme'));
    upstream.clock.advance(MINUTE);
    await ask(upstream);
    expect(tries(upstream)).toBe(3);
  });

  it('does it for all processes: a success ends the pause of the others', async () => {
    const upstream = await start();
    const other = upstream.another();
    await askFor(upstream, 12 * MINUTE);
    expect(await ask(upstream, other)).toBe('AAM_AUTH_FAILED');
    upstream.simulator.setPassword('acme', 'acme-password');
    upstream.client.allowLogIn(upstream.account('acme'));
    expect(await ask(upstream)).toBe('granted');
    expect(await ask(upstream, other)).toBe('granted');
  });
});

describe('several processes that log in at once', () => {
  it('do it one after the other', async () => {
    const upstream = await start();
    upstream.simulator.setPassword('acme', 'acme-password');
    const answer = gate();
    const held = upstream.simulator.fault({
      endpoint: 'token',
      times: 1,
      action: { kind: 'hold', until: answer.opened },
    });
    const arrived = upstream.simulator.nextCall({ endpoint: 'token' });
    const first = ask(upstream);
    await arrived;
    const second = ask(upstream, upstream.another());
    await upstream.clock.timer((ms) => ms === 250);
    upstream.clock.advance(4 * SECOND);
    await upstream.clock.timer((ms) => ms === 250);
    expect(tries(upstream)).toBe(1);
    held.remove();
    answer.open();
    expect(await first).toBe('granted');
    upstream.clock.advance(250);
    expect(await second).toBe('granted');
    expect(tries(upstream)).toBe(2);
    expect(upstream.ledger.states.size).toBe(0);
  });

  it('log in once if they share tokens', async () => {
    const upstream = await start({ vault: new SharedVault() });
    upstream.simulator.setPassword('acme', 'acme-password');
    const all = [upstream, upstream.another(), upstream.another(), upstream.another()];
    const answers = await whileWaiting(upstream, Promise.all(all.map((each) => ask(upstream, each))));
    expect(answers).toEqual(['granted', 'granted', 'granted', 'granted']);
    expect(tries(upstream)).toBe(1);
    expect(upstream.ledger.states.size).toBe(0);
  });

  it('wait five seconds for one that has died, if nothing was rejected yet, and its try does not count', async () => {
    const upstream = await start();
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'hang' } });
    const arrived = upstream.simulator.nextCall({ endpoint: 'token' });
    void ask(upstream);
    await arrived;
    const restarted = upstream.another();
    const answer = ask(upstream, restarted);
    for (let passed = 0; passed < 5 * SECOND; passed += 250) {
      await upstream.clock.timer((ms) => ms === 250);
      expect(tries(upstream)).toBe(1);
      upstream.clock.advance(250);
    }
    expect(await answer).toBe('AAM_AUTH_FAILED');
    expect(tries(upstream)).toBe(2);
    expect([...upstream.ledger.states.values()]).toMatchObject([{ rejections: 1, isTrying: false }]);
  });
});

describe('a log-in that finds out nothing about the secret', () => {
  it.each<[string, number]>([
    ['500', 500],
    ['503', 503],
    ['404', 404],
  ])('does not count: status %s', async (_name, status) => {
    const upstream = await start({ http: { retries: 0 } });
    upstream.simulator.fault({ endpoint: 'token', times: 5, action: { kind: 'status', status } });
    for (let times = 0; times < 5; times++) expect(await ask(upstream)).not.toBe('AAM_AUTH_FAILED');
    expect(upstream.ledger.states.size).toBe(0);
    expect(await message(upstream)).toContain('tried once');
  });

  it('keeps the rejections before it, and may be repeated at once by the same process', async () => {
    const upstream = await start({ http: { retries: 0 } });
    await askFor(upstream, 12 * MINUTE);
    upstream.clock.advance(DAY);
    upstream.simulator.fault({ endpoint: 'token', times: 2, action: { kind: 'status', status: 500 } });
    expect(await ask(upstream)).toBe('AAM_UNAVAILABLE');
    expect(await ask(upstream)).toBe('AAM_UNAVAILABLE');
    expect([...upstream.ledger.states.values()]).toMatchObject([{ rejections: 3, isTrying: true }]);
    expect(await message(upstream)).toContain('They were tried 4 times');
    expect(await askFor(upstream, 60 * MINUTE)).toBe(0);
  });

  it('of a process that has died is repeated after ten minutes if there were three rejections', async () => {
    const upstream = await start({ http: { retries: 0 } });
    await askFor(upstream, 12 * MINUTE);
    upstream.clock.advance(DAY);
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'status', status: 500 } });
    await ask(upstream);
    const restarted = upstream.another();
    upstream.clock.advance(MINUTE);
    expect(await message(upstream, restarted)).toContain('They were tried 3 times');
    expect(await askFor(upstream, 8 * MINUTE, restarted)).toBe(0);
    expect(await askFor(upstream, MINUTE, restarted)).toBe(1);
  });
});

describe('a ledger that does not answer', () => {
  it('is replaced by what the process knows', async () => {
    const upstream = await start();
    upstream.ledger.isDown = true;
    expect(await askFor(upstream, 60 * MINUTE)).toBe(3);
    expect(await message(upstream)).toContain('They were tried 3 times');
    expect(logged(upstream, 'error')).toEqual([]);
  });

  it('does not make the process forget what it has read', async () => {
    const upstream = await start();
    await askFor(upstream, 12 * MINUTE);
    upstream.ledger.isDown = true;
    expect(await askFor(upstream, 60 * MINUTE)).toBe(0);
  });

  it('is not asked to forget the rejections that it has missed', async () => {
    const upstream = await start();
    await ask(upstream);
    upstream.ledger.isDown = true;
    expect(await askFor(upstream, 12 * MINUTE)).toBe(2);
    upstream.ledger.isDown = false;
    expect(await askFor(upstream, 60 * MINUTE)).toBe(0);
    expect(await message(upstream)).toContain('They were tried 3 times');
    expect(await askFor(upstream, DAY)).toBe(1);
  });

  it('keeps nobody from logging in', async () => {
    const upstream = await start();
    upstream.simulator.setPassword('acme', 'acme-password');
    upstream.ledger.isDown = true;
    expect(await ask(upstream)).toBe('granted');
  });
});

describe('a clock that was wrong', () => {
  it('blocks an account for a day, not for the year by which it was ahead', async () => {
    const clock = new FakeClock();
    const ledger = new SharedLedger();
    const { logger } = connect({ clock });
    const logIns = new LogIns({ clock, logger, ledger });
    ledger.states.set('acme', {
      rejections: 3,
      lastTryAt: clock.now() + 365 * DAY,
      isTrying: false,
      message: 'rejected',
    });
    expect(await logIns.begin('acme')).toMatchObject({ pause: { rejections: 3 } });
    clock.advance(DAY - 1);
    expect(await logIns.begin('acme')).toMatchObject({ pause: { retryAfterMs: 1 } });
    clock.advance(1);
    expect(await logIns.begin('acme')).toEqual({ pause: null, hasWaited: false });
  });
});

/** Moves time on, as those who wait for another process need, until the work is done. */
async function whileWaiting<T>({ clock, ledger }: Gateways, work: Promise<T>): Promise<T> {
  const settled = work.then(() => 'settled' as const);
  for (;;) {
    const next = await Promise.race([settled, clock.timer((ms) => ms <= 250)]);
    if (next === 'settled') return await work;
    // Not before the one whom they wait for is done: its call takes no time on this clock.
    while ([...ledger.states.values()].some(({ isTrying }) => isTrying)) await setImmediate();
    clock.advance(next);
  }
}
