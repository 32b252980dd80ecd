import { describe, expect, it } from 'vitest';
import { unnamedReport } from '../../src/delivery/annotate-report.js';
import { IdTally } from '../../src/delivery/annotate-tally.js';

/** A tally that keeps no more IDs. All that it has kept have a name. */
function fullTally(): IdTally {
  const tally = new IdTally();
  for (let id = 0; id < 100_000; id++) {
    tally.add({ id: String(id), outcome: 'FOUND', name: 'One', status: 'ACTIVE', idType: 'SID' }, 1);
  }
  return tally;
}

describe('the counts of the IDs', () => {
  it('tell that IDs without a name were met that are not kept', () => {
    const tally = fullTally();
    tally.add({ id: 'x', outcome: 'FOUND', name: 'One', status: 'ACTIVE', idType: 'SID' }, 1);
    expect(tally.counts()).toMatchObject({ isMore: true, isMoreUnnamed: false });
    tally.add({ id: 'y', outcome: 'UNKNOWN' }, 1);
    const counts = tally.counts();
    expect(counts).toMatchObject({ distinct: 100_000, unnamed: [], isMoreUnnamed: true });
    expect(unnamedReport('x', counts, [])).toMatch(
      /^x\nMore than 0 of more than 100000 different segment IDs have no name\.\n\n.*were not looked into/,
    );
  });
});
