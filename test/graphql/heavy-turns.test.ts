import { describe, expect, it } from 'vitest';
import {
  HeavyTurns,
  QueueFullError,
  type HeavyTurn,
  type TurnLimits,
} from '../../src/graphql/limits/heavy-turns.js';
import { ThreadHold } from '../../src/graphql/limits/thread-hold.js';

const LIMITS: TurnLimits = { operations: 10, bytes: 1_000, running: 2 };

/** Turns whose pauses end when the test says so. */
class World {
  /** The callers in the order of their turns. */
  readonly order: string[] = [];
  readonly pauses: number[] = [];
  readonly turns: HeavyTurns;
  /** For how long the turn that runs has held the thread, in milliseconds. */
  held = 0;
  /** Says that the operation of the last turn waits for something else. */
  idle = (): void => undefined;
  #running: HeavyTurn[] = [];
  #endPause: (() => void)[] = [];

  constructor() {
    this.turns = new HeavyTurns({
      limits: LIMITS,
      pause: (ms) => {
        this.pauses.push(ms);
        return new Promise((resolve) => this.#endPause.push(resolve));
      },
      measure: (onIdle) => {
        this.idle = onIdle;
        return { end: () => this.held };
      },
    });
  }

  ask(caller: string, { bytes = 1, signal = new AbortController().signal } = {}): Promise<void> {
    return this.turns.begin({ caller, bytes, signal }).then((turn) => {
      this.order.push(caller);
      this.#running.push(turn);
    });
  }

  /** Ends the turn that runs. */
  end(): void {
    this.#running.shift()?.end();
  }

  async endPause(): Promise<void> {
    this.#endPause.shift()?.();
    await settled();
  }

  /** Ends turns and pauses until nothing runs. */
  async finish(): Promise<void> {
    while (this.#running.length > 0) {
      this.end();
      await this.endPause();
    }
  }
}

/** Resolves when everything has happened that needs no timer. */
async function settled(): Promise<void> {
  for (let step = 0; step < 20; step++) await Promise.resolve();
}

describe('heavy operations', () => {
  it('run one after the other, with a pause in between', async () => {
    const world = new World();
    void world.ask('a');
    void world.ask('a');
    await settled();
    expect(world.order).toEqual(['a']);
    world.end();
    await settled();
    expect(world.order).toEqual(['a']);
    await world.endPause();
    expect(world.order).toEqual(['a', 'a']);
  });

  it('pause for as long as they held the thread', async () => {
    const world = new World();
    await world.ask('a');
    world.held = 30;
    world.end();
    await world.endPause();
    await world.ask('a');
    world.held = 5_000;
    world.end();
    expect(world.pauses).toEqual([30, 1_000]);
  });

  it('let callers take turns, however many operations one of them has', async () => {
    const world = new World();
    const all = ['many', 'many', 'many', 'many', 'few', 'other', 'few'].map((caller) => world.ask(caller));
    await settled();
    await world.finish();
    await Promise.all(all);
    expect(world.order).toEqual(['many', 'many', 'few', 'other', 'many', 'few', 'many']);
  });

  it('of requests that have ended are not run', async () => {
    const world = new World();
    const controller = new AbortController();
    await world.ask('a');
    const ended = world.ask('b', { signal: controller.signal });
    const other = world.ask('c');
    controller.abort(new Error('the client has gone'));
    await expect(ended).rejects.toThrow('the client has gone');
    await world.finish();
    await other;
    expect(world.order).toEqual(['a', 'c']);
    await expect(world.ask('b', { signal: controller.signal })).rejects.toThrow('the client has gone');
  });

  it('give their turn up when their request ends', async () => {
    const world = new World();
    const controller = new AbortController();
    await world.ask('a', { signal: controller.signal });
    void world.ask('b');
    controller.abort(new Error('too late'));
    await world.endPause();
    expect(world.order).toEqual(['a', 'b']);
  });

  it('end their turn once', async () => {
    const world = new World();
    const turn = await world.turns.begin({ caller: 'a', bytes: 1, signal: new AbortController().signal });
    turn.end();
    turn.end();
    expect(world.pauses).toHaveLength(1);
  });

  it('let the next one begin while they wait for something else, as long as few do', async () => {
    const world = new World();
    await world.ask('a');
    const others = ['b', 'c'].map((caller) => world.ask(caller));
    world.idle();
    await world.endPause();
    expect(world.order).toEqual(['a', 'b']);
    world.idle();
    await world.endPause();
    expect(world.order).toEqual(['a', 'b']);
    world.end();
    await Promise.all(others);
    expect(world.order).toEqual(['a', 'b', 'c']);
  });
});

describe('how long the thread is held', () => {
  it('is the longest time at a stretch', async () => {
    const hold = new ThreadHold(() => undefined);
    for (const ms of [40, 20]) {
      const until = performance.now() + ms;
      while (performance.now() < until);
      await new Promise((resolve) => setTimeout(resolve));
    }
    const held = hold.end();
    expect(held).toBeGreaterThanOrEqual(39 - 10);
  });

  it('tells when the thread has been idle', async () => {
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const hold = new ThreadHold(() => {
        hold.end();
        resolve();
      });
    });
    expect(performance.now() - start).toBeGreaterThan(99);
  });
});

describe('the queue of heavy operations', () => {
  it('is bounded, and leaves room for other callers', async () => {
    const world = new World();
    await world.ask('a');
    const waiting = Array.from({ length: 5 }, () => world.ask('a'));
    await expect(world.ask('a')).rejects.toThrow(QueueFullError);
    waiting.push(...Array.from({ length: 5 }, (_, index) => world.ask(`other ${index}`)));
    await expect(world.ask('yet another')).rejects.toThrow(QueueFullError);
    await world.finish();
    await Promise.all(waiting);
    await world.ask('a');
  });

  it('is bounded in bytes', async () => {
    const world = new World();
    await world.ask('a', { bytes: 5_000 });
    void world.ask('a', { bytes: 400 });
    await expect(world.ask('a', { bytes: 101 })).rejects.toThrow(QueueFullError);
    void world.ask('b', { bytes: 500 });
    await expect(world.ask('c', { bytes: 101 })).rejects.toThrow(QueueFullError);
    void world.ask('c', { bytes: 100 });
    await world.finish();
    expect(world.order).toEqual(['a', 'a', 'b', 'c']);
  });
});
