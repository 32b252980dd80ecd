import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';

/** What is read of a text: `TYPE:id TYPE:id = name`, in the order of the rows. */
async function read(text: string, options: Parameters<typeof readSegments>[1]): Promise<string[]> {
  const { rows } = await readSegments(text, options);
  return rows.map(
    ({ ids, name }) => `${ids.map(({ idType, id }) => `${idType ?? ''}:${id}`).join(' ')} = ${name ?? ''}`,
  );
}

describe('the type that the caller states for this file', () => {
  it.each([
    {
      what: 'texts in a column of numbers',
      text: 'sid,name\nloyal,A',
      type: 'ALIAS',
      row: 'ALIAS:loyal = A',
    },
    {
      what: 'numbers in a column of texts',
      text: 'alias,name\n14395.0,A',
      type: 'SID',
      row: 'SID:14395 = A',
    },
    { what: 'another number', text: 'Mapping ID,Name\n80920,A', type: 'SID', row: 'SID:80920 = A' },
    {
      what: 'a mapping ID',
      text: 'sid,name\nsid:80920,A',
      type: 'MAPPING_ID',
      row: 'MAPPING_ID:sid:80920 = A',
    },
    { what: 'a column of no stated type', text: 'id,name\n80920,A', type: 'SID', row: 'SID:80920 = A' },
    { what: 'key and value', text: 'value,name\ncolor=7,A', type: 'KEY_VALUE', row: 'KEY_VALUE:color=7 = A' },
  ] as const)('is that of the only column with IDs: $what', async ({ text, type, row }) => {
    expect(await read(text, { idType: type, statedType: type })).toEqual([row]);
    const { mistakes } = await readSegments(text, { idType: type, statedType: type });
    expect(mistakes).toEqual([]);
  });

  it('is not that of a column beside another one, whatever cells are empty', async () => {
    const text = 'Mapping ID,SID,Name\n100,,A\n,900,B\n';
    expect(await read(text, { idType: 'SID', statedType: 'SID' })).toEqual([
      'MAPPING_ID:100 = A',
      'SID:900 = B',
    ]);
  });

  it('is that of the column that is asked for', async () => {
    const text = 'Mapping ID,SID,Name\n100,900,A\n';
    const options = { idType: 'SID', statedType: 'SID', idColumn: 'Mapping ID' } as const;
    expect(await read(text, options)).toEqual(['SID:100 = A']);
  });

  it('is more than that of the settings, which only counts where the file says none', async () => {
    expect(await read('alias,name\nx,A', { idType: 'SID' })).toEqual(['ALIAS:x = A']);
  });
});
