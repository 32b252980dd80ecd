import { describe, expect, it } from 'vitest';
import { progressBar } from '../../src/commands/progress-bar.js';

describe('the progress bar', () => {
  const draw = (isTTY: boolean): string => {
    let drawn = '';
    const write = (text: string): boolean => {
      drawn += text;
      return true;
    };
    const bar = progressBar({ isTTY, write }, 'names.csv');
    bar.update(1, 4);
    bar.update(1, 4);
    bar.update(4, 4);
    bar.end();
    bar.end();
    return drawn;
  };

  it('overwrites one line of a terminal, and erases it at the end', () => {
    expect(draw(true).split('\r')).toEqual([
      '',
      expect.stringMatching(/^names\.csv \[#{8} {22}\] 25%$/),
      expect.stringMatching(/^names\.csv \[#{30}\] 100%$/),
      '\x1b[2K',
    ]);
  });

  it('writes nothing if the stream is not a terminal', () => {
    expect(draw(false)).toBe('');
  });
});
