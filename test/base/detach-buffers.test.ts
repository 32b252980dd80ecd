import { expect, it } from 'vitest';
import { detachBuffers } from '../../src/base/detach-buffers.js';

const MEBIBYTE = 2 ** 20;

it('frees the memory of buffers at once, and ignores buffers that are detached already', () => {
  const buffers = [new ArrayBuffer(64 * MEBIBYTE), new ArrayBuffer(0)];
  const before = process.memoryUsage().arrayBuffers;
  detachBuffers(buffers);
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before - 64 * MEBIBYTE);
  detachBuffers(buffers);
});

it('accepts the same buffer several times', () => {
  const buffer = new ArrayBuffer(8);
  detachBuffers([buffer, buffer]);
  expect(buffer.byteLength).toBe(0);
});
