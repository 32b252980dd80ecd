import { describe, expect, it } from 'vitest';
import { OutputHeader } from '../../src/delivery/annotate.js';
import { KnownNames, annotating } from './annotating.js';

const source = new KnownNames({ '24': 'Cart', '25': 'Loyal' });
const segment = { id: '24', name: 'Cart', status: 'ACTIVE' };

describe('several files in one output', () => {
  it('have one header', async () => {
    const common = { header: new OutputHeader(), format: 'csv', column: 'id', source } as const;
    expect((await annotating('d,id\n1,24\n', common)).text).toBe(
      'd,id,segment_name,segment_status\n1,24,Cart,ACTIVE\n',
    );
    expect((await annotating('d,id\r\n2,25\r\n', common)).text).toBe('2,25,Loyal,ACTIVE\r\n');
  });

  it.each([
    ['other columns', 'user,id\n', 'user,id\n1,24\n', 'id,user\n24,1\n'],
    ['another separator', 'user,id\n', 'user,id\n1,24\n', 'user;id\n1;24\n'],
  ])('are refused if they have %s, before a row stands under the wrong header', async (_, _header, a, b) => {
    const common = { header: new OutputHeader(), format: 'csv', column: 'id', source } as const;
    await annotating(a, common);
    await expect(annotating(b, common)).rejects.toThrow(/columns are others .*one at a time/);
  });

  it('may be without users, whatever their columns would be', async () => {
    const common = { header: new OutputHeader(), format: 'csv', source } as const;
    expect((await annotating('', common)).text).toBe('');
    const template = '{user}|{segments:,}';
    expect((await annotating('u|24\n', { ...common, template })).text).toMatch(
      /^user,segments,segment_names\nu,/,
    );
    expect((await annotating('\n', common)).text).toBe('');
  });

  it.each([
    [
      'fields',
      'u|24\n',
      { template: '{user}|{segments:,}' },
      { user: 'u', segments: [{ ...segment, change: 'ENTERED' }] },
    ],
    ['a table', 'file,id\nx,24\n', { column: 'id' }, { file_: 'x', id: '24', segments: [segment] }],
    [
      'JSON',
      '{"Data":[{"Name":"24"}]}\n',
      { template: 'json' },
      { Data: [{ Name: '24' }], segments: [{ ...segment, change: 'ENTERED' }] },
    ],
  ])('say where each line of %s comes from', async (_, file, form, line) => {
    const origin = { file: 'a"b.sync', destination: '314' };
    const { objects } = await annotating(file, { ...form, source, origin });
    expect(objects).toEqual([{ ...origin, ...line }]);
  });

  it('leave the fields of a JSON line as they are', async () => {
    const line = '{"file":1,"destination":2,"Data":[]}';
    const { objects } = await annotating(line, { template: 'json', origin: { file: 'a', destination: '9' } });
    expect(objects).toEqual([
      { file: 1, destination: 2, Data: [], aam_file: 'a', aam_destination: '9', segments: [] },
    ]);
  });

  it('add no column that a table has already', async () => {
    let text = 'id,file\n24,x\n';
    for (const destination of ['1', '2']) {
      const form = { column: 'id', format: 'csv', source } as const;
      ({ text } = await annotating(text, { ...form, origin: { file: 'a', destination } }));
    }
    expect(text.split('\n')[0]).toBe(
      'id,file,segment_name,segment_status,aam_file,destination,aam_segment_name,aam_segment_status,aam_file_,aam_destination',
    );
  });

  it('say it in columns', async () => {
    const origin = { file: '=a,b', destination: '314' };
    const lines = await annotating('u|24\n', {
      template: '{user}|{segments:,}',
      format: 'csv',
      source,
      origin,
    });
    expect(lines.text).toBe('user,segments,segment_names,file,destination\nu,24,"[""Cart""]","\'=a,b",314\n');
    const table = await annotating('id;file\n24;x\n', { column: 'id', format: 'csv', source, origin });
    expect(table.text).toBe(
      "id;file;segment_name;segment_status;aam_file;destination\n24;x;Cart;ACTIVE;'=a,b;314\n",
    );
  });
});

describe('a file that cannot be annotated', () => {
  it('is not read on', async () => {
    let closed = 0;
    const failing = { segmentIdType: null, format: null, lookUp: () => Promise.reject(new Error('no')) };
    const file = '38  24  25\n'.repeat(50_000);
    const onClosed = (): void => {
      closed += 1;
    };
    await expect(annotating(file, { source: failing, pieceLength: 65_536, onClosed })).rejects.toThrow('no');
    expect(closed).toBe(1);
  });
});
