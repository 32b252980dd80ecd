import { describe, expect, it } from 'vitest';
import { KnownNames, annotating } from './annotating.js';

const NAMES = { '24': 'Cart', '25': 'Loyal – “é”' };

const entered = (id: string, name: string): object => ({ id, name, status: 'ACTIVE', change: 'ENTERED' });
const left = (id: string, name: string): object => ({ id, name, status: 'ACTIVE', change: 'LEFT' });

describe('annotating lines', () => {
  it('of JSON leaves the line as it is, and adds the segments', async () => {
    const lines = [
      '{"TDID":"1","big":12345678901234567890, "Data":[{"Name":"24"},{"Name":"25","TtlInMinutes":0}]} ',
      '{"Segments":[{"Segment_ID":24,"Status":"1"},{"Segment_ID":"25","Status":"0"}],"Removed_Segments":["24"]}',
      '{"segments":["24"],"a":"}"}',
    ];
    const { lines: out } = await annotating(lines.join('\r\n'), { source: new KnownNames(NAMES) });
    expect(out[0]?.startsWith((lines[0] ?? '').slice(0, -2))).toBe(true);
    expect(out[0]).toContain('"big":12345678901234567890');
    expect(out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { segments: [entered('24', 'Cart'), left('25', 'Loyal – “é”')] },
      // `Segments` and `segments` are two keys.
      { segments: [entered('24', 'Cart'), left('25', 'Loyal – “é”'), left('24', 'Cart')] },
      { segments: ['24'], a: '}', namedSegments: [entered('24', 'Cart')] },
    ]);
  });

  it.each([
    ['no ID under the first of the keys', '{"Segment_ID":null,"Mapping":"24"}'],
    ['a blank ID under the first of the keys', '{"Segment_ID":" ","Mapping":24}'],
    ['the same ID in two spellings', '{"Segment_ID":"24","segmentId":24}'],
    ['another ID under a key of a lower rank', '{"Mapping":"25","Segment_ID":"24"}'],
    ['two IDs under keys of a lower rank', '{"Mapping":"25","mapping":"26","Segment_ID":"24"}'],
  ])('of JSON finds the segment of an entry with %s', async (_, entry) => {
    const { objects } = await annotating(`{"Data":[${entry}]}`, { source: new KnownNames(NAMES) });
    expect(objects).toMatchObject([{ segments: [entered('24', 'Cart')] }]);
  });

  it('of JSON adds no key that the line has already', async () => {
    const names = { template: 'json', source: new KnownNames(NAMES) } as const;
    let text = '{"segments":["24"]}';
    for (const destination of ['1', '2', '3']) {
      ({ text } = await annotating(text, { ...names, origin: { file: 'a', destination } }));
    }
    const keys = [...text.matchAll(/"(\w*(?:file|destination|egments)_*)":/g)].map(([, key]) => key);
    expect(keys).toEqual([
      ...['segments', 'file', 'destination', 'namedSegments'],
      ...['aam_file', 'aam_destination', 'namedSegments_'],
      ...['aam_file_', 'aam_destination_', 'namedSegments__'],
    ]);
  });
});
