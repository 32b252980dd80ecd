import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';

const text = `id,name\n${Array.from({ length: 50_000 }, (_, index) => `${index},Name ${index}`).join('\n')}`;

describe('reading a long file', () => {
  it('lets others have their turn every few thousand characters', async () => {
    let done = false;
    let turns = 0;
    const others = (): void => {
      turns++;
      if (!done) setImmediate(others);
    };
    setImmediate(others);
    await readSegments(text);
    done = true;
    expect(turns).toBeGreaterThan(text.length / 20_000);
  });

  it('tells its progress, which only grows and ends complete', async () => {
    const told: number[] = [];
    await readSegments(text, {
      onProgress: (done, total) => {
        expect(total).toBe(text.length);
        told.push(done);
      },
    });
    expect(told.length).toBeGreaterThan(10);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(text.length);
  });

  it('ends with the reason of an abort, before it begins and on its way', async () => {
    const reason = new Error('the customer left');
    await expect(readSegments(text, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const controller = new AbortController();
    let calls = 0;
    const reading = readSegments(text, {
      signal: controller.signal,
      onProgress: () => {
        calls++;
        controller.abort(reason);
      },
    });
    await expect(reading).rejects.toBe(reason);
    expect(calls).toBe(1);
  });
});
