import { describe, expect, it } from 'vitest';
import { explainUnnamed, unnamedReport } from '../../src/delivery/annotate-report.js';
import { KnownNames, annotating } from './annotating.js';

const TWO_SPACES = '{user}  {segments}  {left}';

describe('the report on IDs without a name', () => {
  it('says for each why, the most frequent first, and what else an ID is', async () => {
    const source = new KnownNames(
      { '1': 'One', '2': null, d3: null, '4': '!', '5': '?' },
      { segmentIdType: 'SID', others: new Map([['14395', { idType: 'MAPPING_ID', name: 'Cart' }]]) },
    );
    const { ids } = await annotating('u  1,2,d3,4,5,14395,77,77\nv  1,88  77\n', {
      template: TWO_SPACES,
      source,
    });
    const groups = await explainUnnamed(ids, source);
    expect(groups.map((group) => group.ids.map(({ named }) => named.id))).toEqual([
      ['14395'],
      ['4'],
      ['2'],
      ['d3'],
      ['77', '88'],
      ['5'],
    ]);
    const text = unnamedReport('Segments of acme', ids, groups);
    expect(text).toMatch(/^Segments of acme\n7 of 8 different segment IDs have no name\.\n/);
    expect(text).toContain('  14395 (once): the mapping ID of "Cart"\n');
    expect(text).toContain('never listed these for this destination');
    expect(text).toContain('  77 (3 times)\n  88 (once)\n');
    expect(text).toMatch(/were deleted, and had no name before\.\n {2}d3 \(once\)/);
    expect(unnamedReport('x', ids, groups, 1)).toContain('  77 (3 times)\n  … and 1 more');
  });

  it('looks into a bounded number of IDs, and says so', async () => {
    const source = new KnownNames();
    const list = Array.from({ length: 1_200 }, (_, id) => id).join(',');
    const { ids } = await annotating(`u  ${list}\n`, { template: TWO_SPACES, source });
    const groups = await explainUnnamed(ids, source);
    expect(groups.map((group) => group.ids.length)).toEqual([1_000, 200]);
    expect(groups[1]?.reason).toMatch(/were not looked into/);
  });
});
