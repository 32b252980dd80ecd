import { describe, expect, it } from 'vitest';
import { printable, withoutUnprintable } from '../../src/base/printable.js';

describe('a printable text', () => {
  it.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['\0\u0007\b\u000b\f\r', '\\u0000\\u0007\\u0008\\u000b\\u000c\\u000d'],
    ['\u007f\u0080\u009b\u009f', '\\u007f\\u0080\\u009b\\u009f'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\u061c\u200e\u200f\u202a\u202e\u2066\u2069', '\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069'],
    ['\ud83d', '\\ud83d'],
  ])('has escapes for what controls a terminal or turns text: %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
    expect(withoutUnprintable(`a${text}b`)).not.toMatch(/\p{Cc}/u);
  });

  it('is otherwise as it was: letters of all scripts, emoji, tabs and line feeds', () => {
    const text = 'Zürich 東京 עברית 👨‍👩‍👧 e\u0301\n\t~\u00a0';
    expect(printable(text)).toBe(text);
  });

  it('stays the same data if it is JSON', () => {
    const data = { name: '\u009b2J\u2028\u202e\u007f' };
    expect(JSON.parse(printable(JSON.stringify(data)))).toEqual(data);
  });
});
