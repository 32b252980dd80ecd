import { describe, expect, it } from 'vitest';
import { baseNameOf, fileNameIn } from '../../../src/server/http/sent-file-name.js';

describe('the file name of an upload', () => {
  it.each([
    [undefined, null],
    ['attachment', null],
    ['attachment; filename=names.csv', 'names.csv'],
    ['attachment; filename="my names.csv"', 'my names.csv'],
    ['attachment; filename="a \\"quoted\\" name.csv"', 'a "quoted" name.csv'],
    ['form-data; name="file"; filename="a;b.csv"', 'a;b.csv'],
    [
      `attachment; filename="segmente.csv"; filename*=UTF-8''Segmente%20f%C3%BCr%20M%C3%A4rz.csv`,
      'Segmente für März.csv',
    ],
    [`attachment; filename*=utf-8'de'%E3%82%BB.csv`, 'セ.csv'],
    ["attachment; filename*=UTF-8''%ZZ.csv", null],
    // As Node.js reads a header in UTF-8, and one in Latin-1.
    [`attachment; filename="${Buffer.from('März.csv').toString('latin1')}"`, 'März.csv'],
    ['attachment; filename="März.csv"', 'März.csv'],
    ['attachment; filename="C:\\\\Users\\\\me\\\\names.csv"', 'names.csv'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename=""', null],
  ])('in %s is %s', (header, name) => {
    expect(fileNameIn(header)).toBe(name);
  });

  it('has no control characters, and not more than 255 characters', () => {
    expect(baseNameOf('a\u001b[31mb\n.csv')).toBe('a[31mb.csv');
    expect(baseNameOf('x'.repeat(300))).toHaveLength(255);
    expect(baseNameOf('folder/')).toBeNull();
  });
});
