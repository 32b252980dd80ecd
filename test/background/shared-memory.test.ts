import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { SharedMemory, ownBuffers, shared } from '../../src/background/shared-memory.js';
import { Snapshot } from '../../src/directory/index.js';
import { detachBuffers } from '../../src/base/detach-buffers.js';
import { segment } from '../support/directory.js';

const MEBIBYTE = 2 ** 20;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

it('gives memory back at once, and twice does no harm', () => {
  const buffers = [new ArrayBuffer(64 * MEBIBYTE), new ArrayBuffer(0)];
  const before = process.memoryUsage().arrayBuffers;
  detachBuffers(buffers);
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before - 64 * MEBIBYTE);
  detachBuffers(buffers);
});

it('shares a snapshot, whose own memory is given back', () => {
  const segments = ['Comet', 'Ünter', null].map((name, index) => segment(name, { id: String(index) }));
  const parts = Snapshot.of(segments, 5, 6).toParts();
  const before = [...Snapshot.from(parts).segments];
  const copy = shared(parts);
  expect(parts.segments.bytes.byteLength).toBe(0);
  expect(ownBuffers(copy)).toEqual([]);
  const snapshot = Snapshot.from(copy);
  expect([...snapshot.segments]).toEqual(before);
  expect(before.map(({ id }) => snapshot.find(id, 'MAPPING_ID')?.id)).toEqual(before.map(({ id }) => id));
  expect(snapshot).toMatchObject({ asOf: 5, generation: 6 });
});

it('shares no more while there is much garbage, and again when it has been collected', async () => {
  const memory = new SharedMemory();
  const replace = (bytes: number): void => {
    const numbers = (): Uint32Array => new Uint32Array(new SharedArrayBuffer(4));
    const segments = { bytes: new SharedArrayBuffer(bytes), starts: numbers() };
    memory.replaced({ segments, byId: { slots: numbers(), seed: 1 }, asOf: null, generation: 0 });
  };
  replace(40 * MEBIBYTE);
  expect(memory.hasRoom).toBe(true);
  replace(40 * MEBIBYTE);
  expect(memory.hasRoom).toBe(false);
  for (let attempt = 0; attempt < 100 && !memory.hasRoom; attempt++) {
    collectGarbage();
    await turn();
  }
  expect(memory.hasRoom).toBe(true);
});

it('counts no garbage that the collector counts itself', () => {
  const memory = new SharedMemory();
  const own = Snapshot.of([segment('Comet')], 5).toParts();
  for (let time = 0; time < 3; time++) {
    memory.replaced({ ...own, segments: { ...own.segments, bytes: new ArrayBuffer(40 * MEBIBYTE) } });
  }
  expect(memory.hasRoom).toBe(true);
});
