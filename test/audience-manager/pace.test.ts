import { describe, expect, it } from 'vitest';
import { CallQueue, type Turn } from '../../src/audience-manager/call-queue.js';
import { Host } from '../../src/audience-manager/host.js';
import { RefreshPriority } from '../../src/audience-manager/priority.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { FakeClock } from '../support/fake-clock.js';
import { codeOf, readDestination, startUpstream } from '../support/upstream.js';

/** Calls in a queue with a pace, and the moments at which they began, in milliseconds after the start. */
class Trial {
  readonly clock = new FakeClock();
  readonly begun: number[] = [];
  readonly #queue: CallQueue;
  readonly #start = this.clock.elapsed();

  constructor(callsPerSecond: number) {
    const { clock } = this;
    const nothing = (): void => undefined;
    const host = { patienceMs: 0, random: () => 0.5, onPause: nothing, onRecovery: nothing };
    const createHost = (): Host => new Host({ callsPerSecond, clock, ...host });
    this.#queue = new CallQueue({ concurrency: 10_000, clock, createHost });
  }

  async call(host = 'aam.example', signal = new AbortController().signal): Promise<boolean> {
    const priority = new RefreshPriority('lookup');
    const turn: Turn | string = await this.#queue.enter({ host, priority, signal });
    if (typeof turn === 'string') return false;
    this.begun.push(this.clock.elapsed() - this.#start);
    return true;
  }

  /** Makes calls, and waits until those that need not wait have begun. */
  async calls(count: number, host?: string): Promise<void> {
    for (let each = 0; each < count; each++) void this.call(host);
    await turn();
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a pace', () => {
  it('lets as many calls begin at once as there may be in a second, and the others later', async () => {
    const trial = new Trial(3);
    await trial.calls(7);
    expect(trial.begun).toEqual([0, 0, 0]);
    await trial.advance(999);
    expect(trial.begun).toHaveLength(3);
    await trial.advance(1);
    expect(trial.begun).toEqual([0, 0, 0, 1000, 1000, 1000]);
    await trial.advance(1000);
    expect(trial.begun).toEqual([0, 0, 0, 1000, 1000, 1000, 2000]);
    expect(trial.clock.pending()).toEqual([]);
  });

  it('sees no second with more calls, wherever the second begins', async () => {
    const trial = new Trial(10);
    let random = 7;
    for (let step = 0; step < 400; step++) {
      random = (random * 16_807) % 2_147_483_647;
      await trial.calls(random % 3);
      for (let ms = random % 97; ms > 0; ms--) await trial.advance(1);
    }
    expect(trial.begun.length).toBeGreaterThan(150);
    trial.begun.forEach((at, index) => {
      const later = trial.begun[index + 10];
      if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(1000);
    });
  });

  it('is kept for each host by itself', async () => {
    const trial = new Trial(1);
    await trial.calls(1, 'aam.example');
    await trial.calls(2, 'ims.example');
    expect(trial.begun).toEqual([0, 0]);
    await trial.advance(1000);
    expect(trial.begun).toEqual([0, 0, 1000]);
  });

  it('of 0 is none', async () => {
    const trial = new Trial(0);
    await trial.calls(1000);
    expect(trial.begun).toHaveLength(1000);
  });

  it('lets those who came first begin first', async () => {
    const trial = new Trial(1);
    const order: number[] = [];
    for (const each of [1, 2, 3]) void trial.call().then(() => order.push(each));
    await turn();
    await trial.advance(1000);
    await trial.advance(1000);
    expect(order).toEqual([1, 2, 3]);
  });

  it('is not used up by a call that was given up while it waited', async () => {
    const trial = new Trial(1);
    const caller = new AbortController();
    await trial.calls(1);
    const given = trial.call(undefined, caller.signal);
    const last = trial.call();
    caller.abort();
    expect(await given).toBe(false);
    await trial.advance(1000);
    expect(await last).toBe(true);
    expect(trial.begun).toEqual([0, 1000]);
  });

  it('has no timer when nobody waits any more, and no call for a signal that has aborted', async () => {
    const trial = new Trial(1);
    const caller = new AbortController();
    await trial.calls(1);
    const given = trial.call(undefined, caller.signal);
    expect(trial.clock.pending()).toEqual([1000]);
    caller.abort();
    expect(await given).toBe(false);
    expect(trial.clock.pending()).toEqual([]);
    expect(await trial.call(undefined, caller.signal)).toBe(false);
  });

  it('is kept when the clock is set back or forward', async () => {
    const trial = new Trial(1);
    await trial.calls(2);
    trial.clock.setBack(500_000);
    await trial.advance(999);
    expect(trial.begun).toEqual([0]);
    await trial.advance(1);
    expect(trial.begun).toEqual([0, 1000]);
  });
});

describe('calls to Audience Manager', () => {
  it('are paced with those to the token endpoint, and with repeated ones', async () => {
    const upstream = await startUpstream({ http: { callsPerSecond: 2 } });
    upstream.simulator.fault({ endpoint: 'destination', times: 1, action: { kind: 'status', status: 503 } });
    const first = upstream.simulator.nextCall({ endpoint: 'destination' });
    const call = readDestination(upstream);
    await first;
    await upstream.clock.timer((ms) => ms === 125);
    upstream.clock.advance(125);
    await upstream.clock.timer((ms) => ms === 875);
    expect(upstream.simulator.count()).toBe(2);
    upstream.clock.advance(875);
    expect((await call).name).toBe('Destination 314');
    expect(upstream.simulator.count()).toBe(3);
  });

  it('to 30 destinations at once begin ten in a second', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => 400 + index);
    const upstream = await startUpstream({
      customers: [passwordCustomer('acme', ...ids.map((id) => destination(id, 1)))],
      http: { callsPerSecond: 10 },
    });
    const account = upstream.account('acme');
    const listings = Promise.all(ids.map((id) => upstream.client.listMappings(account, String(id))));
    for (const calls of [10, 20, 30]) {
      await upstream.clock.timer((ms) => ms <= 1000);
      expect(upstream.simulator.count()).toBeLessThanOrEqual(calls);
      upstream.clock.advance(1000);
    }
    expect(await listings).toHaveLength(30);
    expect(upstream.simulator.count()).toBe(31);
  });

  it('that wait for their turn end when they are aborted', async () => {
    const upstream = await startUpstream({ http: { callsPerSecond: 1 } });
    const caller = new AbortController();
    const call = codeOf(readDestination(upstream, '314', caller.signal));
    await upstream.clock.timer((ms) => ms === 1000);
    caller.abort();
    expect(await call).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(0);
  });
});
