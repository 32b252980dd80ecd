import { describe, expect, it } from 'vitest';
import { Patience } from '../../src/delivery/annotate-names.js';
import { IdTally } from '../../src/delivery/annotate-tally.js';
import { KnownNames, annotating } from './annotating.js';

const NAMES = { '24': 'Cart', '25': 'Loyal – “é”' };
const TWO_SPACES = '{user}  {segments}  {left}';

describe('looking up names', () => {
  it('asks for each ID once, also for several files', async () => {
    const source = new KnownNames(NAMES);
    const tally = new IdTally();
    await annotating('38  24,25\n39  24\n', { source, tally, template: TWO_SPACES, pieceLength: 3 });
    const { ids } = await annotating('40  24,99\n', { source, tally, template: TWO_SPACES });
    expect(source.asked.flat()).toEqual(['24', '25', '99']);
    expect(ids).toMatchObject({ distinct: 3, segments: 5, withName: 2 });
  });

  it('asks in lists that a gateway takes', async () => {
    const source = new KnownNames();
    await annotating(`38  ${Array.from({ length: 2_500 }, (_, id) => id).join(',')}\n`, {
      source,
      template: TWO_SPACES,
    });
    expect(source.asked.map((ids) => ids.length)).toEqual([1_000, 1_000, 500]);
  });

  it('waits for a destination that is being read, once', async () => {
    const source = new KnownNames({ '24': '?', '25': '?' });
    const { objects, waits } = await annotating('38  24,25\n', {
      source,
      template: TWO_SPACES,
      onWait: () => source.set('24', 'Cart'),
    });
    expect(objects).toMatchObject([{ segments: [{ name: 'Cart' }, { name: null, reason: 'UNCHECKED' }] }]);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(source.asked).toEqual([['24', '25'], ['24', '25'], ['25'], ['25']]);
  });

  it('waits once for all files of a destination', async () => {
    const waits: number[] = [];
    const patience = new Patience((ms) => {
      waits.push(ms);
      return Promise.resolve();
    });
    const shared = { source: new KnownNames({ '24': '?', '25': '?' }), template: TWO_SPACES, patience };
    await annotating('38  24\n', shared);
    const { objects } = await annotating('38  25\n', shared);
    expect(objects).toMatchObject([{ segments: [{ name: null, reason: 'UNCHECKED' }] }]);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  it('forgets IDs when they are too many, and still names every one', async () => {
    const count = 230_000;
    const source = new KnownNames();
    for (let id = 0; id < count; id++) source.set(String(id), `Segment ${id}`);
    const lines = Array.from({ length: count }, (_, id) => `38  ${id},${id % 7}\n`).join('');
    const { text, ids } = await annotating(lines, {
      source,
      template: TWO_SPACES,
      pieceLength: 200_000,
      format: 'csv',
    });
    const name = (id: number): string => `""Segment ${id}""`;
    const rows = Array.from(
      { length: count },
      (_, id) => `38,"${id},${id % 7}",,"[${name(id)},${name(id % 7)}]",\n`,
    );
    expect(text === `user,segments,left,segment_names,left_names\n${rows.join('')}`).toBe(true);
    expect(ids).toMatchObject({ segments: 2 * count, isMore: true });
  });
});
