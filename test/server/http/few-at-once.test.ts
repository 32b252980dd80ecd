import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FewAtOnce } from '../../../src/server/http/few-at-once.js';

const NEVER = new AbortController().signal;

/** Tasks that note when they begin, and end when they are told to. */
class Tasks {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  task(name: string): () => Promise<string> {
    return async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.#ends.set(name, resolve));
      return name;
    };
  }

  async end(...names: string[]): Promise<void> {
    for (const name of names) {
      this.#ends.get(name)?.();
      await setImmediate();
    }
  }
}

describe('a few tasks at once', () => {
  it('run in the order in which they came, and never more', async () => {
    const turns = new FewAtOnce(2, 10);
    const tasks = new Tasks();
    const all = ['0', '1', '2', '3', '4'].map((name) => turns.run('one', tasks.task(name), NEVER));
    await setImmediate();
    expect(tasks.begun).toEqual(['0', '1']);
    await tasks.end('1');
    expect(tasks.begun).toEqual(['0', '1', '2']);
    await tasks.end('0', '2');
    expect(tasks.begun).toEqual(['0', '1', '2', '3', '4']);
    await tasks.end('3', '4');
    expect(await Promise.all(all)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('hand their turns on when they fail', async () => {
    const turns = new FewAtOnce(1, 10);
    const failing = turns.run('one', () => Promise.reject(new Error('failed')), NEVER);
    const next = turns.run('one', () => Promise.resolve('done'), NEVER);
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('done');
    expect(await turns.run('one', () => Promise.resolve('at once'), NEVER)).toBe('at once');
  });

  it('let callers take turns, and whoever has just had one comes last', async () => {
    const turns = new FewAtOnce(1, 10);
    const tasks = new Tasks();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) {
      void turns.run(name.slice(0, 1), tasks.task(name), NEVER);
    }
    await tasks.end('a1', 'b1', 'c1', 'a2', 'b2', 'a3');
    expect(tasks.begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('forget at once whoever does not want to wait any more', async () => {
    const turns = new FewAtOnce(1, 1);
    const tasks = new Tasks();
    void turns.run('one', tasks.task('first'), NEVER);
    const leaving = new AbortController();
    const left = turns.run('one', tasks.task('left'), leaving.signal);
    expect(turns.hasRoom('one')).toBe(false);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(turns.hasRoom('one')).toBe(true);
    const last = turns.run('one', tasks.task('last'), NEVER);
    await tasks.end('first', 'last');
    expect(await last).toBe('last');
    expect(tasks.begun).toEqual(['first', 'last']);
    await expect(turns.run('one', tasks.task('late'), leaving.signal)).rejects.toThrow('left');
    // Nobody has kept a turn.
    const again = turns.run('one', tasks.task('again'), NEVER);
    await tasks.end('again');
    expect(await again).toBe('again');
  });

  it('have room for so many of each caller', async () => {
    const turns = new FewAtOnce(1, 2);
    const tasks = new Tasks();
    const rooms: boolean[] = [];
    for (const name of ['a1', 'a2', 'a3']) {
      rooms.push(turns.hasRoom('a'));
      void turns.run('a', tasks.task(name), NEVER);
    }
    expect(rooms).toEqual([true, true, true]);
    expect([turns.hasRoom('a'), turns.hasRoom('b')]).toEqual([false, true]);
    await tasks.end('a1');
    expect(turns.hasRoom('a')).toBe(true);
  });
});
