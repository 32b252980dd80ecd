import { describe, expect, it } from 'vitest';
import { readIds } from '../../src/import-export/index.js';
import { fileErrorOf } from './support.js';

describe('a list of IDs', () => {
  it.each([
    ['one on each line', '80920\n80921\r\n80922\r80923'],
    ['separated by commas', '80920,80921, 80922 ,80923,'],
    ['separated by spaces and tabs', ' 80920 80921\t80922\t\t80923 '],
    [
      'with all of these, blank lines, a byte order mark and repetitions',
      '\ufeff80920,80921\n\n80922\t80920\n80923\n',
    ],
    ['with characters that nobody sees', '\u200b80920\u00a0\n80\u200b921\n"\u202d80922\u202c"\n\ufeff80923'],
    ['in quotes', '"80920","80921"\n"80922" "80923"'],
  ])('is read %s', (_, text) => {
    expect(readIds(text)).toEqual(['80920', '80921', '80922', '80923']);
  });

  it('may have texts with spaces, commas and quotes, in quotes', () => {
    expect(readIds('"loyal customers",plain\n" a, ""b"" "')).toEqual(['loyal customers', 'plain', 'a, "b"']);
  });

  it('may have addresses with commas, and several of them on a line', () => {
    expect(readIds('https://p.example/send?data=1,2 https://p.example/3\n1,2')).toEqual([
      'https://p.example/send?data=1,2',
      'https://p.example/3',
      '1',
      '2',
    ]);
  });

  it('may be empty', () => {
    expect(readIds(' \n,,\n""\n')).toEqual([]);
  });

  it.each(['PK\x03\x04', '<html></html>', '[1, 2]'])('is not %s', async (text) => {
    const error = await fileErrorOf(() => readIds(text).join());
    expect(error.message).toMatch(/CSV UTF-8/);
  });
});
