import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../../src/import-export/index.js';
import { HeldFiles } from '../../../src/server/http/held-files.js';

describe('the room for files', () => {
  it('takes one of the largest files of each caller, and two in all', () => {
    const files = new HeldFiles();
    const [first, second, third] = [files.hold('one'), files.hold('two'), files.hold('three')];
    expect(first.grow(MAX_FILE_BYTES)).toBe(true);
    expect(files.hold('one').grow(1)).toBe(false);
    expect(second.grow(MAX_FILE_BYTES)).toBe(true);
    expect(third.grow(1)).toBe(false);
    first.release();
    expect(third.grow(MAX_FILE_BYTES)).toBe(true);
    expect(files.hold('one').grow(1)).toBe(false);
  });

  it('is given back once, by whoever took it', () => {
    const files = new HeldFiles();
    const file = files.hold('one');
    expect(file.grow(MAX_FILE_BYTES - 1)).toBe(true);
    expect(file.grow(2)).toBe(false);
    expect(file.grow(1)).toBe(true);
    file.release();
    file.release();
    expect(files.hold('one').grow(MAX_FILE_BYTES)).toBe(true);
    expect(files.hold('one').grow(1)).toBe(false);
  });
});
