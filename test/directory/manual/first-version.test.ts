import { describe, expect, it, onTestFinished } from 'vitest';
import { setSegment } from '../../../src/directory/index.js';
import type { SegmentIdType } from '../../../src/segments/index.js';
import { openStorage } from '../../../src/storage/index.js';
import { change, segment as stored, silent } from '../../storage/support.js';
import type { DirectorySetUp, TestDirectory } from '../../support/directory.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { KINDS, SERVER, ann, known } from './by-hand.js';

describe('what the first version kept as a mapping ID, because nobody stated the kind', () => {
  /** A directory whose storage has such an entry for the ID 7. */
  async function startMigrated(
    setUp: DirectorySetUp & { readonly fields?: Fields; readonly rows?: Fields[] },
  ): Promise<TestDirectory> {
    const { fields = SERVER, rows = [], ...others } = setUp;
    const test = await startDocumented({ fields, rows }, others);
    const other = await openStorage({ engine: 'sqlite', path: test.file }, { logger: silent() });
    onTestFinished(() => other.close());
    const manual = { name: 'By hand', description: null, status: null, by: 'Ann', at: 1, base: null };
    const upserts = [stored('mapping-id:7', { name: 'By hand', source: 'MANUAL', confirmedAt: 1, manual })];
    await other.write({ customerId: 'acme', destinationId: '314' }, 0, change({ upserts }));
    return test;
  }

  it('is found without a stated kind and as a mapping ID, and as no other kind', async () => {
    const test = await startMigrated({});
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'By hand as AUTO' });
    for (const idType of KINDS) {
      const expected = idType === 'MAPPING_ID' ? 'By hand as AUTO' : 'UNKNOWN';
      expect(await lookUp(test, test.at(), ['7'], idType)).toEqual({ 7: expected });
    }
  });

  it.each<[SegmentIdType, Fields]>([
    ['AUTO', { destinationMappingId: 7, sid: 1 }],
    ['AUTO', { destinationMappingId: 1, sid: 7 }],
    ['AUTO', { destinationMappingId: 1, sid: 1, traitAlias: '7' }],
    ['MAPPING_ID', { destinationMappingId: 7, sid: 1 }],
    ['SID', { destinationMappingId: 1, sid: 7 }],
  ])('joins the one segment that has it (%s, %o)', async (segmentIdType, row) => {
    const rows: Fields[] = [{ elementName: 'Listed', ...row }];
    const test = await startMigrated({ segmentIdType, rows });
    expect(await known(test)).toEqual([[String(row['destinationMappingId']), 'By hand']]);
    const snapshot = await test.at().snapshot();
    expect(test.at().findByKey(snapshot, ['mapping-id:7'])).toMatchObject([{ name: 'By hand' }]);
  });

  it('stays by itself where two segments have it', async () => {
    const rows = [
      { destinationMappingId: 7, sid: 1, elementName: 'Mapping' },
      { destinationMappingId: 2, sid: 7, elementName: 'Sid' },
    ];
    const test = await startMigrated({ rows });
    expect(await lookUp(test, test.at(), ['7'])).toEqual({
      7: 'AMBIGUOUS: Sid as SID, Mapping as MAPPING_ID, By hand as AUTO',
    });
  });

  it('is edited by an entry for the same ID, without a stated kind and as a mapping ID', async () => {
    for (const idType of ['AUTO', 'MAPPING_ID'] as const) {
      const test = await startMigrated({ rows: [] });
      await test.at().snapshot();
      const { segment } = (await setSegment(test.at(), { idType, id: '7', description: 'New' }, ann(test)))!;
      expect(segment).toMatchObject({ id: 'mapping-id:7', name: 'By hand', description: 'New' });
      expect((await known(test)).length).toBe(1);
    }
  });
});
