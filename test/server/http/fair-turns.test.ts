import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns } from '../../../src/server/http/fair-turns.js';
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

function start(): World {
  const clock = new FakeClock();
  const turns = new FairTurns(clock, () => 0.5);
  const events: string[] = [];
  const ask: World['ask'] = (caller, name, bytes = SHORT, ms = 0.1) =>
    turns.run({
      caller,
      bytes,
      begin: () => {
        events.push(name);
        clock.advance(ms);
      },
      refuse: () => events.push(`-${name}`),
    });
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
    ask('b', 'b 1');
    for (const name of named('a', 12)) ask('a', name, SHORT, 0.12);
    expect(events).toEqual(['b 1', ...named('a', 5)]);
    await loopTurns(2);
    expect(events).toEqual(['b 1', ...named('a', 10)]);
    await loopTurns(2);
    expect(events).toEqual(['b 1', ...named('a', 12)]);
    await loopTurns(2);
    ask('a', 'the next one');
    expect(events.at(-1)).toBe('the next one');
  });

  it('are so many in a turn at most, however short they are', async () => {
    const { events, ask } = start();
    ask('b', 'b 1');
    for (const name of named('a', 40)) ask('a', name, SHORT, 0);
    expect(events).toHaveLength(16);
    await loopTurns(2);
    expect(events).toHaveLength(32);
    await loopTurns(2);
    expect(events).toHaveLength(41);
  });

  it('fill longer turns while their caller is alone', async () => {
    const { events, ask } = start();
    for (const name of named('a', 100)) ask('a', name, SHORT, 0.3);
    // 32 without a look at the clock, and 5 ms.
    expect(events).toHaveLength(32 + 17);
    await loopTurns(10);
    expect(events).toHaveLength(100);
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

  it('go on when one of them fails', async () => {
    const { turns, events, ask } = start();
    const fail = (): never => {
      throw new Error('a test');
    };
    expect(() => turns.run({ caller: 'a', bytes: SHORT, begin: fail })).toThrow('a test');
    ask('a', 'long', LONG);
    await loopTurns(3);
    expect(events).toEqual(['long']);
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
    turns.run({ caller: 'hostile', bytes: LONG, begin: () => void work() });
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
});

describe('long bodies', () => {
  it('are read one in each turn of the event loop', async () => {
    const { turns, events, ask } = start();
    const read = (name: string): boolean =>
      turns.run({ caller: 'a', bytes: 0, unread: 100_000, begin: () => events.push(name) });
    for (const name of named('body', 3)) read(name);
    ask('a', 'short');
    await loopTurns(2);
    expect(events).toEqual(['body 1']);
    await loopTurns(1);
    expect(events).toEqual(['body 1', 'short', 'body 2']);
  });
});

describe('what waits', () => {
  it('is not refused for its time if it is short', async () => {
    const { clock, events, ask } = start();
    ask('normal', 'normal 1');
    ask('hostile', 'hostile 1', LONG, 600);
    ask('hostile', 'short 1');
    await loopTurns(1);
    clock.advance(2_000);
    ask('normal', 'normal 2');
    await loopTurns(6);
    expect(events).not.toContain('-short 1');
  });

  it('is refused when it has waited too long, while others are there', async () => {
    const { clock, events, ask } = start();
    ask('normal', 'normal 1');
    for (const name of named('hostile', 3)) ask('hostile', name, LONG, 600);
    await loopTurns(4);
    clock.advance(1_400);
    ask('normal', 'normal 2');
    await loopTurns(6);
    expect(events).toEqual(['normal 1', 'hostile 1', '-hostile 2', 'normal 2', '-hostile 3']);
  });

  it('waits as long as it takes if nobody else is there', async () => {
    const { events, ask } = start();
    for (const name of named('alone', 5)) ask('alone', name, LONG, 1_000);
    await loopTurns(20);
    expect(events).toEqual(named('alone', 5));
  });

  it('fills half of the room at most for one caller; a refusal is held back', async () => {
    const { clock, turns, events, ask } = start();
    const wait = (caller: string): boolean => ask(caller, caller, MEBIBYTE);
    for (let count = 0; count < 32; count += 1) expect(wait('hostile')).toBe(true);
    expect(wait('hostile')).toBe(false);
    for (let count = 0; count < 32; count += 1) expect(wait('other')).toBe(true);
    expect(wait('third')).toBe(false);
    expect(turns.run({ caller: 'third', bytes: 0, begin: () => events.push('third begins') })).toBe(true);
    expect(events).toEqual([]);
    clock.advance(749);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual(['-hostile', '-third']);
    await loopTurns(2);
    expect(wait('third')).toBe(true);
  });

  it('is refused at the end, and what cannot be refused is begun', async () => {
    const { clock, turns, events, ask } = start();
    ask('normal', 'normal 1');
    ask('hostile', 'hostile 1', LONG, 10);
    await loopTurns(4);
    ask('hostile', 'hostile 2', LONG);
    for (let count = 0; count < 33; count += 1) ask('other', `other ${count}`, MEBIBYTE);
    turns.run({ caller: 'hostile', bytes: LONG, begin: () => events.push('hostile 3') });
    turns.end();
    expect(events.slice(2, 4)).toEqual(['-other 32', '-hostile 2']);
    await loopTurns(4);
    expect(events).toHaveLength(2 + 1 + 1 + 32 + 1);
    expect(events.at(-1)).toBe('hostile 3');
    clock.advance(5_000);
    expect(events).toHaveLength(37);
  });
});
