import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CallQueue, type CallRequest, type Turn } from '../../src/audience-manager/call-queue.js';
import { Host, type CallVerdict } from '../../src/audience-manager/host.js';
import { RefreshPriority, type Priority } from '../../src/audience-manager/priority.js';
import { FakeClock } from '../support/fake-clock.js';

const OK: CallVerdict = { answer: 'success', pace: 'accepted' };
const FAILED: CallVerdict = { answer: 'failure', pace: 'unanswered' };
const LIMITED: CallVerdict = { answer: 'success', pace: 'refused' };

/** A clock that goes on whenever somebody looks at it. */
class CreepingClock extends FakeClock {
  #crept = 0;

  override elapsed(): number {
    this.#crept += 0.2;
    return super.elapsed() + this.#crept;
  }
}

interface TrialOptions {
  readonly clock?: FakeClock;
  readonly concurrency?: number;
  readonly callsPerSecond?: number;
  readonly patienceMs?: number;
}

/** A queue of named calls. */
class Trial {
  readonly clock: FakeClock;
  readonly queue: CallQueue;
  /** Names of the calls that have begun, in order. */
  readonly begun: string[] = [];
  /** Why calls were not made, by name. */
  readonly refused: Record<string, string> = {};
  readonly pauses: string[] = [];
  readonly #turns = new Map<string, Turn>();

  constructor(options: TrialOptions = {}) {
    const { clock = new FakeClock(), concurrency = 1, callsPerSecond = 0, patienceMs = 120_000 } = options;
    this.clock = clock;
    this.queue = new CallQueue({
      concurrency,
      clock,
      createHost: () =>
        new Host({
          callsPerSecond,
          clock,
          random: () => 0.5,
          patienceMs,
          onPause: (reason) => this.pauses.push(reason),
          onRecovery: () => undefined,
        }),
    });
  }

  async call(
    name: string,
    priority: Priority | RefreshPriority,
    more: Partial<Pick<CallRequest, 'host' | 'room' | 'signal'>> = {},
  ): Promise<void> {
    const defaults = { host: 'aam.example', signal: new AbortController().signal };
    const request = { ...defaults, ...more, priority: RefreshPriority.of(priority) };
    const turn = this.queue.enter(request);
    void turn.then((outcome) => {
      if (typeof outcome === 'string') this.refused[name] = outcome;
      else {
        this.begun.push(name);
        this.#turns.set(name, outcome);
      }
    });
    await setImmediate();
  }

  async end(name: string, verdict: CallVerdict = OK): Promise<void> {
    await this.#turns.get(name)?.end(verdict);
    this.#turns.delete(name);
    await setImmediate();
  }

  /** Ends the calls under way one after the other until none is left. */
  async endAll(): Promise<void> {
    for (let [name] = this.#turns.keys(); name !== undefined; [name] = this.#turns.keys())
      await this.end(name);
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await setImmediate();
  }
}

describe('the queue of calls', () => {
  it('gives the next free slot to the most urgent call, among equal ones to the first', async () => {
    const trial = new Trial();
    await trial.call('first', 'scheduled');
    for (const priority of ['scheduled', 'search', 'lookup'] as const) {
      for (const number of [1, 2]) await trial.call(`${priority} ${number}`, priority);
    }
    expect(trial.queue.waiting).toEqual({ lookup: 2, search: 2, scheduled: 2 });
    await trial.endAll();
    expect(trial.begun).toEqual([
      'first',
      ...['lookup 1', 'lookup 2', 'search 1', 'search 2', 'scheduled 1', 'scheduled 2'],
    ]);
    expect(trial.queue.waiting).toEqual({ lookup: 0, search: 0, scheduled: 0 });
  });

  it('gives the next call that the pace allows to the most urgent one, too', async () => {
    const trial = new Trial({ concurrency: 8, callsPerSecond: 1 });
    await trial.call('first', 'scheduled');
    await trial.call('scheduled', 'scheduled');
    await trial.call('search', 'search');
    await trial.call('lookup', 'lookup');
    expect(trial.begun).toEqual(['first']);
    for (let second = 0; second < 3; second++) await trial.advance(1_000);
    expect(trial.begun).toEqual(['first', 'lookup', 'search', 'scheduled']);
  });

  it('moves a call forward when somebody begins to wait for it', async () => {
    const trial = new Trial();
    const nobody = new RefreshPriority('scheduled');
    await trial.call('first', 'lookup');
    await trial.call('search', 'search');
    await trial.call('raised', nobody);
    nobody.raise('lookup');
    await trial.call('lookup', 'lookup');
    expect(trial.queue.waiting).toEqual({ lookup: 2, search: 1, scheduled: 0 });
    await trial.endAll();
    expect(trial.begun).toEqual(['first', 'raised', 'lookup', 'search']);
  });

  it('gives one turn in ten to the less urgent call that has waited longest', async () => {
    const trial = new Trial();
    await trial.call('first', 'lookup');
    await trial.call('scheduled', 'scheduled');
    await trial.call('search', 'search');
    for (let number = 1; number <= 30; number++) await trial.call(`lookup ${number}`, 'lookup');
    await trial.endAll();
    expect([trial.begun.indexOf('scheduled'), trial.begun.indexOf('search')]).toEqual([10, 20]);
    expect(trial.begun).toHaveLength(33);
  });

  it('ends listings that have begun before it begins equal ones', async () => {
    const trial = new Trial();
    const room = { hasRoom: () => true, isTaken: false, take: () => undefined };
    await trial.call('page 1 of A', 'search', { room });
    await trial.call('page 1 of B', 'search', { room });
    await trial.call('page 2 of A', 'search');
    await trial.end('page 1 of A');
    expect(trial.begun).toEqual(['page 1 of A', 'page 2 of A']);
  });

  it('begins a listing only when there is room for it, and makes other calls meanwhile', async () => {
    const trial = new Trial({ concurrency: 8 });
    let free = 0;
    const room = {
      hasRoom: (priority: Priority) => priority === 'lookup' || free > 0,
      isTaken: false,
      take: () => {
        free -= 1;
      },
    };
    const raised = new RefreshPriority('search');
    await trial.call('listing 1', 'search', { room });
    await trial.call('listing 2', 'search', { room });
    await trial.call('listing 3', raised, { room });
    await trial.call('details', 'scheduled');
    expect(trial.begun).toEqual(['details']);
    expect(trial.clock.pending()).toEqual([]);
    raised.raise('lookup');
    await setImmediate();
    expect(trial.begun).toEqual(['details', 'listing 3']);
    free = 1;
    trial.queue.wake();
    await setImmediate();
    expect(trial.begun).toEqual(['details', 'listing 3', 'listing 1']);
  });

  it('lets a listing that has its room make its first call again, before those that wait for room', async () => {
    const trial = new Trial({ concurrency: 8 });
    const full = { hasRoom: () => false, isTaken: false, take: () => undefined };
    await trial.call('waits for room', 'lookup', { room: full });
    await trial.call('again', 'scheduled', { room: { ...full, isTaken: true } });
    expect(trial.begun).toEqual(['again']);
  });

  it.each([0.1, 0.3, 0.5, 0.7, 0.9])(
    'sets its timer again when the pace ends while it looks, %d ms before the timer',
    async (early) => {
      const trial = new Trial({ clock: new CreepingClock(), concurrency: 8, callsPerSecond: 1 });
      await trial.call('first', 'lookup');
      await trial.call('second', 'lookup');
      await trial.advance(trial.clock.pending()[0]! - early);
      trial.queue.wake();
      await trial.advance(1);
      expect(trial.begun).toEqual(['first', 'second']);
    },
  );

  it('keeps no slot for the calls to a host that is paused', async () => {
    const trial = new Trial({ concurrency: 1 });
    await trial.call('first', 'lookup', { host: 'paused.example' });
    await trial.end('first', LIMITED);
    await trial.call('second', 'lookup', { host: 'paused.example' });
    await trial.call('other', 'scheduled', { host: 'aam.example' });
    expect(trial.begun).toEqual(['first', 'other']);
  });

  it('keeps no slot for the calls that wait for the one that tries a host', async () => {
    const trial = new Trial({ concurrency: 2 });
    const host = 'broken.example';
    for (let number = 0; number < 10; number++) {
      await trial.call(`failure ${number}`, 'lookup', { host });
      await trial.end(`failure ${number}`, FAILED);
    }
    expect(trial.pauses).toEqual(['circuit']);
    await trial.call('at once', 'lookup', { host });
    expect(trial.refused).toEqual({ 'at once': 'circuit_open' });
    await trial.advance(1_000);
    trial.begun.length = 0;
    await trial.call('trial', 'lookup', { host });
    await trial.call('waiting', 'lookup', { host });
    await trial.call('other', 'scheduled');
    expect(trial.begun).toEqual(['trial', 'other']);
    await trial.end('trial', FAILED);
    expect(trial.refused).toMatchObject({ waiting: 'circuit_open' });
  });

  it('forgets a call that is given up, and its timer', async () => {
    const trial = new Trial({ concurrency: 8, callsPerSecond: 1 });
    const caller = new AbortController();
    await trial.call('first', 'lookup');
    await trial.call('given up', 'lookup', { signal: caller.signal });
    expect(trial.clock.pending()).toEqual([1_000]);
    caller.abort();
    await setImmediate();
    expect(trial.clock.pending()).toEqual([]);
    expect(trial.queue.waiting.lookup).toBe(0);
    await trial.call('too late', 'lookup', { signal: caller.signal });
    expect(trial.refused).toEqual({ 'given up': 'aborted', 'too late': 'aborted' });
  });
});

describe('a host that answers 429', () => {
  it('is paused for all callers; then one call tries it, and the others follow at half the pace', async () => {
    const trial = new Trial({ concurrency: 20, callsPerSecond: 8 });
    for (let number = 1; number <= 8; number++) await trial.call(`call ${number}`, 'lookup');
    for (let number = 9; number <= 20; number++) await trial.call(`call ${number}`, 'lookup');
    for (let number = 1; number <= 8; number++) {
      await trial.end(`call ${number}`, { ...LIMITED, retryAfterMs: 5_000 });
    }
    // Eight answers to calls that began together are one pause.
    expect(trial.pauses).toEqual(['rate_limited']);
    await trial.advance(4_999);
    expect(trial.begun).toHaveLength(8);
    await trial.advance(1);
    expect(trial.begun).toHaveLength(9);
    await trial.end('call 9');
    expect(trial.begun).toHaveLength(12);
    await trial.advance(1_000);
    expect(trial.begun).toHaveLength(16);
  });

  it('is paused for a growing time without Retry-After, for 30 s at most with it', async () => {
    const trial = new Trial({ callsPerSecond: 1_000 });
    const waits: number[] = [];
    const verdicts = [
      LIMITED,
      LIMITED,
      LIMITED,
      LIMITED,
      LIMITED,
      LIMITED,
      { ...LIMITED, retryAfterMs: 3_600_000 },
    ];
    for (const [number, verdict] of verdicts.entries()) {
      await trial.call(`call ${number}`, 'lookup');
      await trial.end(`call ${number}`, verdict);
      await trial.call(`next ${number}`, 'lookup');
      const [wait] = trial.clock.pending();
      waits.push(wait!);
      await trial.advance(wait!);
      await trial.end(`next ${number}`, FAILED);
    }
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 30_000]);
  });

  it('fails the calls that wait when it has refused everything for too long', async () => {
    const trial = new Trial({ patienceMs: 2_000, callsPerSecond: 1_000 });
    await trial.call('first', 'lookup');
    await trial.end('first', LIMITED);
    await trial.call('second', 'lookup');
    await trial.call('third', 'scheduled');
    await trial.advance(750);
    await trial.end('second', LIMITED);
    expect(trial.refused).toEqual({});
    await trial.call('fourth', 'search');
    await trial.advance(1_500);
    await trial.end('fourth', LIMITED);
    expect(trial.refused).toEqual({ third: 'rate_limited' });
  });

  it('is not said to refuse everything while nobody calls it', async () => {
    const trial = new Trial({ patienceMs: 120_000, callsPerSecond: 1_000 });
    await trial.call('first', 'lookup');
    await trial.end('first', LIMITED);
    await trial.advance(3_600_000);
    await trial.call('second', 'lookup');
    await trial.call('waiting', 'lookup');
    await trial.end('second', LIMITED);
    expect(trial.refused).toEqual({});
    for (let [wait] = trial.clock.pending(); wait !== undefined; [wait] = trial.clock.pending()) {
      await trial.advance(wait);
      const name = trial.begun.at(-1)!;
      await trial.call(`after ${name}`, 'lookup');
      await trial.end(name, LIMITED);
    }
    expect(Object.values(trial.refused)).toEqual(['rate_limited']);
  });

  it('is called faster again, step by step', async () => {
    const trial = new Trial({ concurrency: 1_000, callsPerSecond: 10 });
    for (let number = 0; number < 10; number++) await trial.call(`burst ${number}`, 'lookup');
    for (let number = 0; number < 10; number++) await trial.end(`burst ${number}`, LIMITED);
    await trial.advance(750);
    const perSecond: number[] = [];
    for (let second = 0; second < 60; second++) {
      const before = trial.begun.length;
      for (let number = 0; number < 10; number++) await trial.call(`call ${second} ${number}`, 'lookup');
      await trial.endAll();
      await trial.advance(1_000);
      await trial.endAll();
      perSecond.push(trial.begun.length - before);
      if (perSecond.at(-1)! >= 20) break;
    }
    const steps = perSecond.filter((count, second) => count > (perSecond[second - 1] ?? 0));
    expect(steps.length).toBeGreaterThan(3);
    expect(Math.max(...perSecond)).toBeGreaterThanOrEqual(10);
  });
});

describe('a priority', () => {
  it('is raised with that of the work that needs it, until that ends', () => {
    const token = new RefreshPriority('scheduled');
    const listing = new RefreshPriority('scheduled');
    const stop = token.follow(listing);
    listing.raise('search');
    expect(token.priority).toBe('search');
    stop();
    listing.raise('lookup');
    expect(token.priority).toBe('search');
    token.raise('scheduled');
    expect(token.priority).toBe('search');
  });
});
