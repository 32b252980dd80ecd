import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';

const text = `id,name\n${Array.from({ length: 50_000 }, (_, index) => `${index},Name ${index}`).join('\n')}`;

describe('reading a long file', () => {
  it('yields to the event loop every few thousand characters', async () => {
    let done = false;
    let turns = 0;
    const countTurns = (): void => {
      turns++;
      if (!done) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    await readSegments(text);
    done = true;
    expect(turns).toBeGreaterThan(text.length / 20_000);
  });

  it('reports increasing progress, which ends with the total', async () => {
    const reported: number[] = [];
    await readSegments(text, {
      onProgress: (done, total) => {
        expect(total).toBe(text.length);
        reported.push(done);
      },
    });
    expect(reported.length).toBeGreaterThan(10);
    expect(reported).toEqual([...reported].sort((a, b) => a - b));
    expect(reported.at(-1)).toBe(text.length);
  });

  it('rejects with the reason of the abort signal, before and during reading', async () => {
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
