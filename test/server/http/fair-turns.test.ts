import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns } from '../../../src/server/http/fair-turns.js';
import type { Taker } from '../../../src/server/http/taker.js';
import { FakeClock } from '../../support/fake-clock.js';

const MEBIBYTE = 1024 * 1024;

/** A short request, and a long one. */
const SHORT = 100;
const LONG = 10_000;

interface World {
  readonly clock: FakeClock;
  readonly turns: FairTurns;
  /** The names of all turns that were begun, and with a `-` of those that were refused. */
  readonly events: string[];
  /** @param ms how long the thread works on it */
  readonly ask: (caller: string, name: string, bytes?: number, ms?: number) => boolean;
}

const known = (id: string): Taker => ({ id, isKnown: true });
const stranger = (id: string): Taker => ({ id, isKnown: false });

function start(takerOf = known): World {
  const clock = new FakeClock();
  const turns = new FairTurns(clock);
  const events: string[] = [];
  const ask: World['ask'] = (caller, name, bytes = SHORT, ms = 0.1) => {
    const taker = takerOf(caller);
    const begin = (): void => {
      events.push(name);
      clock.advance(ms);
    };
    if (bytes > SHORT || !turns.beginsAtOnce(taker)) {
      return turns.wait({ taker, bytes, begin, refuse: () => events.push(`-${name}`) });
    }
    begin();
    return true;
  };
  return { clock, turns, events, ask };
}

/** Lets the event loop turn so often. */
async function loopTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

describe('requests that arrive at the same time', () => {
  it('are begun at once, until they have filled a turn of the event loop', async () => {
    const { events, ask } = start();
    for (const name of named('a', 12)) ask('a', name, SHORT, 0.45);
    expect(events).toEqual(named('a', 5));
    await loopTurns(2);
    expect(events).toEqual(named('a', 10));
    await loopTurns(2);
    expect(events).toEqual(named('a', 12));
    await loopTurns(2);
    ask('a', 'the next one');
    expect(events.at(-1)).toBe('the next one');
  });

  it('are so many in a turn at most, however short they are', async () => {
    const { events, ask } = start();
    for (const name of named('a', 150)) ask('a', name, SHORT, 0);
    expect(events).toHaveLength(64);
    await loopTurns(2);
    expect(events).toHaveLength(128);
    await loopTurns(2);
    expect(events).toHaveLength(150);
  });

  it('begin at once when a new turn has begun, however many there were before', async () => {
    const { events, ask } = start();
    for (const name of named('a', 200)) {
      ask('a', name);
      expect(events.at(-1)).toBe(name);
      await loopTurns(1);
    }
  });

  it('wait for their callers’ turns, not for a thousand of another caller', async () => {
    const { events, ask } = start();
    for (const name of named('hostile', 1_000)) ask('hostile', name);
    ask('normal', 'normal 1');
    ask('third', 'third 1');
    ask('normal', 'normal 2');
    const before = events.length;
    await loopTurns(4);
    const order = events.slice(before);
    expect(order.indexOf('normal 1')).toBe(1);
    expect(order.indexOf('third 1')).toBe(2);
    expect(order.indexOf('normal 2')).toBe(4);
  });

  it('do not wait for long ones of the same caller', async () => {
    const { events, ask } = start();
    for (const name of named('long', 10)) ask('a', name, LONG, 1);
    ask('a', 'short');
    await loopTurns(10);
    expect(events.indexOf('short')).toBe(1);
  });
});

describe('a caller whose requests take long', () => {
  it('rests while others are there, so that it gets a third of the thread', async () => {
    const { clock, events, ask } = start();
    ask('normal', 'normal 1');
    for (const name of named('hostile', 10)) ask('hostile', name, LONG, 10);
    await loopTurns(10);
    expect(events).toEqual(['normal 1', 'hostile 1']);
    clock.advance(19);
    await loopTurns(3);
    ask('normal', 'normal 2');
    await loopTurns(3);
    expect(events).toEqual(['normal 1', 'hostile 1', 'normal 2']);
    clock.advance(1);
    await loopTurns(4);
    expect(events.at(-1)).toBe('hostile 2');
  });

  it('rests also between requests that it sends one after the other', async () => {
    const { clock, events, ask } = start();
    ask('normal', 'normal 1');
    ask('hostile', 'hostile 1', LONG, 10);
    await loopTurns(4);
    ask('hostile', 'hostile 2', LONG, 10);
    await loopTurns(4);
    expect(events).toEqual(['normal 1', 'hostile 1']);
    clock.advance(20);
    await loopTurns(4);
    expect(events).toEqual(['normal 1', 'hostile 1', 'hostile 2']);
  });

  it('counts what its promises do', async () => {
    const { clock, turns, events, ask } = start();
    ask('normal', 'normal 1');
    const work = async (): Promise<void> => {
      events.push('hostile 1');
      await Promise.resolve();
      clock.advance(10);
    };
    turns.wait({ taker: known('hostile'), bytes: LONG, begin: () => void work() });
    ask('hostile', 'hostile 2', LONG);
    await loopTurns(10);
    expect(events).toEqual(['normal 1', 'hostile 1']);
  });

  it('does not rest when it is alone', async () => {
    const { clock, events, ask } = start();
    ask('normal', 'normal 1');
    clock.advance(1_000);
    for (const name of named('alone', 3)) ask('alone', name, LONG, 10);
    await loopTurns(10);
    expect(events).toEqual(['normal 1', ...named('alone', 3)]);
  });

  it('does not rest for strangers, who rest for it', async () => {
    const { clock, events, ask } = start((id) => (id === 'stranger' ? stranger(id) : known(id)));
    ask('stranger', 'stranger 1');
    for (const name of named('alone', 3)) ask('alone', name, LONG, 10);
    await loopTurns(10);
    ask('stranger', 'stranger 2', LONG, 10);
    ask('stranger', 'stranger 3', LONG, 10);
    await loopTurns(10);
    expect(events).toEqual(['stranger 1', ...named('alone', 3), 'stranger 2']);
    clock.advance(20);
    await loopTurns(4);
    expect(events.at(-1)).toBe('stranger 3');
  });
});

describe('long bodies', () => {
  it('are read one in each turn of the event loop', async () => {
    const { turns, events, ask } = start();
    const read = (name: string): boolean =>
      turns.wait({ taker: known('a'), bytes: 0, unread: 100_000, begin: () => events.push(name) });
    for (const name of named('body', 3)) read(name);
    ask('a', 'short');
    await loopTurns(2);
    expect(events).toEqual(['body 1']);
    await loopTurns(1);
    expect(events).toEqual(['body 1', 'short', 'body 2']);
  });
});

describe('what waits', () => {
  it('waits as long as it takes if nobody else is there', async () => {
    const { events, ask } = start();
    for (const name of named('alone', 5)) ask('alone', name, LONG, 1_000);
    await loopTurns(20);
    expect(events).toEqual(named('alone', 5));
  });

  it('leaves room for further callers', () => {
    const { ask } = start();
    const fill = (caller: string): number => {
      let count = 0;
      while (ask(caller, caller, MEBIBYTE)) count += 1;
      return count;
    };
    expect(fill('first')).toBe(32);
    expect(fill('second')).toBe(16);
    expect(fill('third')).toBe(8);
    expect(ask('fourth', 'fourth', MEBIBYTE)).toBe(true);
  });

  it('is refused in turn if there is no room, and never if nothing is held of it', async () => {
    const { events, ask } = start();
    for (const name of named('hostile', 33)) ask('hostile', name, MEBIBYTE, 0.01);
    expect(ask('hostile', 'hostile 34', 0)).toBe(true);
    expect(events).toEqual([]);
    await loopTurns(6);
    expect(events).toEqual(['hostile 1', 'hostile 34', ...named('hostile', 32).slice(1), '-hostile 33']);
    expect(ask('hostile', 'hostile 35', MEBIBYTE)).toBe(true);
  });

  it('is refused at the end, and what cannot be refused is begun', async () => {
    const { turns, events, ask } = start();
    ask('normal', 'normal 1');
    ask('hostile', 'hostile 1', LONG, 10);
    await loopTurns(4);
    ask('hostile', 'hostile 2', LONG);
    for (const name of named('other', 33)) ask('other', name, MEBIBYTE);
    turns.wait({ taker: known('hostile'), bytes: LONG, begin: () => events.push('hostile 3') });
    turns.end();
    const refused = ['hostile 2', ...named('other', 33)].map((name) => `-${name}`);
    expect(events).toEqual(['normal 1', 'hostile 1', ...refused]);
    await loopTurns(4);
    expect(events.at(-1)).toBe('hostile 3');
  });
});
