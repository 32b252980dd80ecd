import { describe, expect, it } from 'vitest';
import { parseSize } from '../../src/config/index.js';

describe('a size', () => {
  it.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['1KiB', 1_024],
    ['512KiB', 524_288],
    ['64MiB', 67_108_864],
    ['2GiB', 2_147_483_648],
  ])('%s is %d bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  it.each([
    '',
    'MiB',
    '1.5MiB',
    '-1',
    '+1',
    '1 MiB',
    '1MB',
    '1M',
    '1mib',
    '1TiB',
    '1B',
    '1e6',
    '9999999999GiB',
    '1\n',
  ])('%j is not a size', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
